#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace amortflow {

/// How exact dormand_prince() is. The error of each step, estimated for each element, is kept below
/// absolute_tolerance + relative_tolerance * |y| in root mean square over the elements.
struct ode_options {
  double relative_tolerance = 1e-6;
  double absolute_tolerance = 1e-9;
  std::int64_t max_steps = 100000;  ///< accepted and rejected ones, in one call
};

namespace detail {

/// The embedded pair of Dormand and Prince (1980) with step size control (PI) and dense output of order 4 as in Hairer,
/// Norsett and Wanner (1993), "Solving ordinary differential equations I", sections II.4 to II.6.
template <class State, class Derivative>
class dormand_prince_solver final {
 public:
  dormand_prince_solver(State& y, double t, const Derivative& derivative, const ode_options& options)
      : y_(y),
        t_(t),
        derivative_(derivative),
        options_(options),
        k1_(y),
        k2_(y),
        k3_(y),
        k4_(y),
        k5_(y),
        k6_(y),
        k7_(y),
        at_(y) {
    derivative_(t_, y_, k1_);
    if (!std::isfinite(scaled_norm(k1_))) fail("the derivative is not finite");
  }

  /// Moves the state to `end`, calling `passed(t_old, t_new)` after each accepted step.
  template <class Passed>
  void advance(double end, const Passed& passed) {
    double h = first_step(end - t_);
    double last_error = 1e-4;
    while (t_ < end) {
      h = std::min(h, end - t_);
      const double error = try_step(h);
      if (!(error <= 1)) {
        // Not finite, or too large: the error grows with the fifth power of the step.
        h *= std::isfinite(error) ? std::max(0.2, 0.9 * std::pow(error, -0.2)) : 0.1;
        continue;
      }
      const double before = t_;
      t_ = h >= end - t_ ? end : t_ + h;
      h_ = h;
      passed(before, t_);
      accept();
      h *= growth(error, last_error);
      last_error = std::max(error, 1e-4);
    }
  }

  /// The solution within the last accepted step, before accept(): `share` in [0, 1] of its length.
  void interpolate(double share, State& out) const {
    const double rest = 1 - share;
    for (std::size_t i = 0; i < y_.size(); ++i) {
      const double rise = at_[i] - y_[i];
      const double left = h_ * k1_[i] - rise;
      const double right = rise - h_ * k7_[i] - left;
      const double bend = h_ * (-12715105075.0 / 11282082432.0 * k1_[i] + 87487479700.0 / 32700410799.0 * k3_[i] -
                                10690763975.0 / 1880347072.0 * k4_[i] + 701980252875.0 / 199316789632.0 * k5_[i] -
                                1453857185.0 / 822651844.0 * k6_[i] + 69997945.0 / 29380423.0 * k7_[i]);
      out[i] = y_[i] + share * (rise + rest * (left + share * (right + rest * bend)));
    }
  }

 private:
  [[noreturn]] void fail(const char* why) const {
    throw std::runtime_error("dormand_prince(): the solution cannot be continued from t = " + std::to_string(t_) +
                             ": " + why);
  }

  double scale(std::size_t i, double other) const {
    return options_.absolute_tolerance + options_.relative_tolerance * std::max(std::fabs(y_[i]), std::fabs(other));
  }

  double scaled_norm(const State& x) const {
    double sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double scaled = x[i] / scale(i, 0);
      sum += scaled * scaled;
    }
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(x.size(), 1)));
  }

  /// Hairer, Norsett and Wanner (1993), section II.4, "Starting step size".
  double first_step(double longest) {
    const double size = scaled_norm(y_);
    const double slope = scaled_norm(k1_);
    const double guess = std::min(longest, size < 1e-5 || slope < 1e-5 ? 1e-6 : 0.01 * size / slope);
    if (!(guess > 0)) return longest;
    for (std::size_t i = 0; i < y_.size(); ++i) at_[i] = y_[i] + guess * k1_[i];
    derivative_(t_ + guess, at_, k2_);
    for (std::size_t i = 0; i < y_.size(); ++i) k2_[i] -= k1_[i];
    const double bend = scaled_norm(k2_) / guess;
    const double steepest = std::max(slope, bend);
    const double step = steepest <= 1e-15 ? std::max(1e-6, guess * 1e-3) : std::pow(0.01 / steepest, 0.2);
    return std::isfinite(bend) ? std::min({100 * guess, step, longest}) : guess;
  }

  /// Proposes the state after `h` in at_ and its derivative in k7_; returns the error in units of the tolerance.
  double try_step(double h) {
    if (++steps_ > options_.max_steps) {
      fail(("more than " + std::to_string(options_.max_steps) + " steps (max_steps) are needed").c_str());
    }
    if (t_ + h <= t_) fail("the step became too small, as happens where a solution is infinite or not finite");
    stages(h);
    double sum = 0;
    for (std::size_t i = 0; i < y_.size(); ++i) {
      const double error = h *
                           (71.0 / 57600.0 * k1_[i] - 71.0 / 16695.0 * k3_[i] + 71.0 / 1920.0 * k4_[i] -
                            17253.0 / 339200.0 * k5_[i] + 22.0 / 525.0 * k6_[i] - 1.0 / 40.0 * k7_[i]) /
                           scale(i, at_[i]);
      sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(std::max<std::size_t>(y_.size(), 1)));
  }

  void stages(double h) {
    const std::size_t n = y_.size();
    for (std::size_t i = 0; i < n; ++i) at_[i] = y_[i] + h / 5 * k1_[i];
    derivative_(t_ + h / 5, at_, k2_);
    for (std::size_t i = 0; i < n; ++i) at_[i] = y_[i] + h * (3.0 / 40 * k1_[i] + 9.0 / 40 * k2_[i]);
    derivative_(t_ + 3 * h / 10, at_, k3_);
    for (std::size_t i = 0; i < n; ++i) {
      at_[i] = y_[i] + h * (44.0 / 45 * k1_[i] - 56.0 / 15 * k2_[i] + 32.0 / 9 * k3_[i]);
    }
    derivative_(t_ + 4 * h / 5, at_, k4_);
    for (std::size_t i = 0; i < n; ++i) {
      at_[i] = y_[i] +
               h * (19372.0 / 6561 * k1_[i] - 25360.0 / 2187 * k2_[i] + 64448.0 / 6561 * k3_[i] - 212.0 / 729 * k4_[i]);
    }
    derivative_(t_ + 8 * h / 9, at_, k5_);
    for (std::size_t i = 0; i < n; ++i) {
      at_[i] = y_[i] + h * (9017.0 / 3168 * k1_[i] - 355.0 / 33 * k2_[i] + 46732.0 / 5247 * k3_[i] +
                            49.0 / 176 * k4_[i] - 5103.0 / 18656 * k5_[i]);
    }
    derivative_(t_ + h, at_, k6_);
    for (std::size_t i = 0; i < n; ++i) {
      at_[i] = y_[i] + h * (35.0 / 384 * k1_[i] + 500.0 / 1113 * k3_[i] + 125.0 / 192 * k4_[i] -
                            2187.0 / 6784 * k5_[i] + 11.0 / 84 * k6_[i]);
    }
    derivative_(t_ + h, at_, k7_);
  }

  void accept() {
    std::swap(y_, at_);
    std::swap(k1_, k7_);
  }

  /// The PI controller with beta = 0.04: section IV.2 of the second volume (1996), equation 2.43.
  static double growth(double error, double last_error) {
    const double factor = 0.9 * std::pow(std::max(error, 1e-10), -0.17) * std::pow(last_error, 0.04);
    return std::min(10.0, std::max(0.2, factor));
  }

  State& y_;
  double t_;
  double h_ = 0;
  const Derivative& derivative_;
  ode_options options_;
  std::int64_t steps_ = 0;
  State k1_, k2_, k3_, k4_, k5_, k6_, k7_, at_;
};

inline void require_ascending(double before, double after) {
  if (!(after >= before)) {
    throw std::domain_error("dormand_prince(): times must not go back, but " + std::to_string(after) + " follows " +
                            std::to_string(before));
  }
}

}  // namespace detail

/// Moves `y` from `t0` to `t1` >= `t0`. Throws std::runtime_error where the solution or its derivative is not finite or
/// more than max_steps are needed: stiff equations need another method.
template <class State, class Derivative>
void dormand_prince(State& y, double t0, double t1, const Derivative& derivative, const ode_options& options = {}) {
  detail::require_ascending(t0, t1);
  detail::dormand_prince_solver<State, Derivative> solver(y, t0, derivative, options);
  solver.advance(t1, [](double, double) {});
}

/// The same up to the last of `count` ascending `times` from `t0` on: calls `observe(i, state)` with the solution at
/// times[i], of order 4 between steps, whose lengths do not depend on `times`.
template <class State, class Derivative, class Observe>
void dormand_prince(State& y,
                    double t0,
                    const double* times,
                    std::size_t count,
                    const Derivative& derivative,
                    const Observe& observe,
                    const ode_options& options = {}) {
  State between(y);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) detail::require_ascending(i == 0 ? t0 : times[i - 1], times[i]);
  for (; next < count && times[next] <= t0; ++next) observe(next, static_cast<const State&>(y));
  if (next == count) return;
  detail::dormand_prince_solver<State, Derivative> solver(y, t0, derivative, options);
  solver.advance(times[count - 1], [&](double from, double to) {
    for (; next < count && times[next] <= to; ++next) {
      solver.interpolate((times[next] - from) / (to - from), between);
      observe(next, static_cast<const State&>(between));
    }
  });
}

}  // namespace amortflow
