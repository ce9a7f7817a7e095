#include "flows/ode_solver.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "base/errors.h"

namespace amortflow {

namespace {

// Rows on their way together: enough to keep products busy, few enough for the cache.
constexpr std::int64_t kRowsAtOnce = 128;

/// to = from + step * (sum of weights[s] * stages[s]).
void advance(const Panel& from, double step, const double* weights, const Panel* stages, std::size_t count, Panel to) {
  for (std::int64_t i = 0; i < to.rows; ++i) {
    for (std::int64_t j = 0; j < to.cols; ++j) {
      double sum = 0;
      for (std::size_t s = 0; s < count; ++s) {
        sum += weights[s] * static_cast<double>(stages[s].values[i * stages[s].stride + j]);
      }
      to.values[i * to.stride + j] =
          static_cast<float>(static_cast<double>(from.values[i * from.stride + j]) + step * sum);
    }
  }
}

Panel rows_of(const Panel& panel, std::int64_t begin, std::int64_t count) {
  return {panel.values + begin * panel.stride, count, panel.cols, panel.stride};
}

void copy_row(const Panel& from, std::int64_t row, const Panel& to, std::int64_t at) {
  std::copy_n(from.values + row * from.stride, from.cols, to.values + at * to.stride);
}

[[noreturn]] void fail(const std::string& why, double time) {
  throw NumericError(
      "The path of a draw cannot be followed beyond time " + std::to_string(time) + ": " + why,
      "Are the data far from all simulations? Else raise `max_evaluations` or `tolerance`, or use a fixed number "
      "of steps.");
}

// ---- Fixed steps

/// Runge-Kutta methods as lower triangles: stage s starts from weights[s - 1] of the stages before it; the last row
/// gives the step.
struct FixedMethod {
  std::size_t stages;
  std::array<double, 4> nodes;
  std::array<std::array<double, 4>, 4> weights;
};

FixedMethod fixed_method(OdeMethod method) {
  if (method == OdeMethod::kEuler) return {1, {0}, {{{1}}}};
  if (method == OdeMethod::kMidpoint) return {2, {0, 0.5}, {{{0.5}, {0, 1}}}};
  return {4, {0, 0.5, 0.5, 1}, {{{0.5}, {0, 0.5}, {0, 0, 1}, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}}}};
}

void solve_fixed(RowField& field,
                 const Panel& all,
                 std::int64_t first,
                 double begin,
                 double end,
                 const OdeOptions& options,
                 Scratch& scratch) {
  const FixedMethod method = fixed_method(options.method);
  const std::int64_t count = std::min(kRowsAtOnce, all.rows - first);
  const Panel states = rows_of(all, first, count);
  std::array<Panel, 4> rates;
  for (std::size_t s = 0; s < method.stages; ++s) rates[s] = scratch.panel(s, count, all.cols);
  const Panel between = scratch.panel(4, count, all.cols);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  std::vector<double> times(rows.size());
  const double step = (end - begin) / static_cast<double>(options.steps);
  for (std::int64_t i = 0; i < options.steps; ++i) {
    const double start = begin + static_cast<double>(i) * step;
    for (std::size_t s = 0; s < method.stages; ++s) {
      if (s > 0) advance(states, step, method.weights[s - 1].data(), rates.data(), s, between);
      std::fill(times.begin(), times.end(), start + method.nodes[s] * step);
      field.evaluate(rows.data(), times.data(), s == 0 ? states : between, rates[s]);
    }
    advance(states, step, method.weights[method.stages - 1].data(), rates.data(), method.stages, states);
  }
}

// ---- Adaptive steps

constexpr std::size_t kStages = 7;
constexpr std::array<double, kStages> kNodes{0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1};
/// Stage s starts from row s - 1; the last row is the step of order 5, at whose end the last stage is evaluated, which
/// is the first of the next step.
constexpr std::array<std::array<double, 6>, 6> kWeights{
    {{1.0 / 5},
     {3.0 / 40, 9.0 / 40},
     {44.0 / 45, -56.0 / 15, 32.0 / 9},
     {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
     {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
     {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}}};
/// The step of order 5 less that of order 4.
constexpr std::array<double, kStages> kError{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                             -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
constexpr double kOrder = 5;
constexpr double kFirstStep = 0.15;  // of the whole way; the second is already adapted
constexpr double kLeastError = 1e-4;
constexpr double kStretch = 1.1;  // of a step that nearly arrives: cheaper than a short one after it

/// How much longer the step after one that was taken with `error` may be: the PI controller with beta = 0.04 of Hairer
/// and Wanner (1996), section IV.2, equation 2.43. Without it about twice as many steps are refused.
double growth(double error, double last_error) {
  return 0.9 * std::pow(std::max(error, 1e-10), -0.17) * std::pow(last_error, 0.04);
}

class AdaptiveSolver final {
 public:
  AdaptiveSolver(RowField& field,
                 const Panel& all,
                 double begin,
                 double end,
                 const OdeOptions& options,
                 Scratch& scratch)
      : field_(field), all_(all), begin_(begin), end_(end), options_(options) {
    const std::int64_t places = std::min(kRowsAtOnce, all.rows);
    states_ = scratch.panel(kStages, places, all.cols);
    next_ = scratch.panel(kStages + 1, places, all.cols);
    for (std::size_t s = 0; s < kStages; ++s) rates_[s] = scratch.panel(s, places, all.cols);
    travellers_.resize(static_cast<std::size_t>(places));
    rows_.resize(travellers_.size());
    times_.resize(travellers_.size());
  }

  void run() {
    load();
    while (active_ > 0) {
      try_step();
      for (std::int64_t i = active_; i-- > 0;) judge(i);
      // Loading costs an evaluation of the new rows alone, so it waits until there are some.
      if (pending_ < all_.rows && 4 * active_ <= 3 * states_.rows) load();
    }
  }

 private:
  struct Traveller {
    double time = 0;
    double step = 0;  ///< with the sign of the direction
    std::int64_t evaluations = 0;
    double last_error = kLeastError;  ///< of the last step that was taken
  };

  void load() {
    const std::int64_t before = active_;
    for (; active_ < states_.rows && pending_ < all_.rows; ++active_, ++pending_) {
      const auto place = static_cast<std::size_t>(active_);
      copy_row(all_, pending_, states_, active_);
      rows_[place] = pending_;
      travellers_[place] = {begin_, kFirstStep * (end_ - begin_), 1, kLeastError};
      times_[place] = begin_;
    }
    field_.evaluate(rows_.data() + before, times_.data() + before, rows_of(states_, before, active_ - before),
                    rows_of(rates_[0], before, active_ - before));
  }

  void try_step() {
    const Panel next = rows_of(next_, 0, active_);
    for (std::size_t s = 1; s < kStages; ++s) {
      for (std::int64_t i = 0; i < active_; ++i) {
        const Traveller& traveller = travellers_[static_cast<std::size_t>(i)];
        advance_row(i, traveller.step, s);
        times_[static_cast<std::size_t>(i)] = traveller.time + kNodes[s] * traveller.step;
      }
      field_.evaluate(rows_.data(), times_.data(), next, rows_of(rates_[s], 0, active_));
    }
  }

  /// Where a row stands at its next stage.
  void advance_row(std::int64_t place, double step, std::size_t stage) {
    std::array<const float*, kStages> rates;
    for (std::size_t s = 0; s < stage; ++s) rates[s] = rates_[s].values + place * rates_[s].stride;
    const double* weights = kWeights[stage - 1].data();
    const float* from = states_.values + place * states_.stride;
    float* to = next_.values + place * next_.stride;
    for (std::int64_t j = 0; j < states_.cols; ++j) {
      double sum = 0;
      for (std::size_t s = 0; s < stage; ++s) sum += weights[s] * static_cast<double>(rates[s][j]);
      to[j] = static_cast<float>(static_cast<double>(from[j]) + step * sum);
    }
  }

  /// The estimated error of a row's step in units of what is tolerated.
  [[nodiscard]] double error_of(std::int64_t place) const {
    const float* from = states_.values + place * states_.stride;
    const float* to = next_.values + place * next_.stride;
    double sum = 0;
    for (std::int64_t j = 0; j < states_.cols; ++j) {
      double difference = 0;
      for (std::size_t s = 0; s < kStages; ++s) {
        difference += kError[s] * static_cast<double>(rates_[s].values[place * rates_[s].stride + j]);
      }
      const double size = static_cast<double>(std::max(std::fabs(from[j]), std::fabs(to[j])));
      const double error =
          difference * travellers_[static_cast<std::size_t>(place)].step / (options_.tolerance * (1 + size));
      sum += error * error;
    }
    return std::sqrt(sum / static_cast<double>(states_.cols));
  }

  /// Takes or refuses a row's step and chooses the next.
  void judge(std::int64_t place) {
    Traveller& traveller = travellers_[static_cast<std::size_t>(place)];
    traveller.evaluations += static_cast<std::int64_t>(kStages) - 1;
    const double error = error_of(place);
    if (error <= 1) {
      traveller.time += traveller.step;
      if (std::fabs(end_ - traveller.time) <= 1e-9 * std::fabs(end_ - begin_)) return arrive(place);
      copy_row(next_, place, states_, place);
      copy_row(rates_[kStages - 1], place, rates_[0], place);
    }
    if (traveller.evaluations >= options_.max_evaluations) {
      fail("more than " + std::to_string(options_.max_evaluations) + " evaluations (max_evaluations) are needed",
           traveller.time);
    }
    double factor = std::isfinite(error) ? 0.9 * std::pow(std::max(error, 1e-10), -1 / kOrder) : 0.1;
    if (error <= 1) {
      factor = growth(error, traveller.last_error);
      traveller.last_error = std::max(error, kLeastError);
    }
    traveller.step *= std::min(5.0, std::max(0.1, factor));
    if (!(std::fabs(traveller.step) > 1e-7 * std::fabs(end_ - begin_))) {
      fail("the step became too small, as where the network overflows", traveller.time);
    }
    const double rest = end_ - traveller.time;
    if (kStretch * std::fabs(traveller.step) >= std::fabs(rest)) traveller.step = rest;
  }

  void arrive(std::int64_t place) {
    copy_row(next_, place, all_, rows_[static_cast<std::size_t>(place)]);
    --active_;
    if (place == active_) return;
    copy_row(states_, active_, states_, place);
    copy_row(next_, active_, next_, place);
    for (const Panel& rates : rates_) copy_row(rates, active_, rates, place);
    rows_[static_cast<std::size_t>(place)] = rows_[static_cast<std::size_t>(active_)];
    travellers_[static_cast<std::size_t>(place)] = travellers_[static_cast<std::size_t>(active_)];
  }

  RowField& field_;
  Panel all_;
  double begin_;
  double end_;
  OdeOptions options_;
  Panel states_;
  Panel next_;
  std::array<Panel, kStages> rates_;
  std::vector<Traveller> travellers_;
  std::vector<std::int64_t> rows_;
  std::vector<double> times_;
  std::int64_t active_ = 0;
  std::int64_t pending_ = 0;
};

}  // namespace

void solve_ode(RowField& field,
               const Panel& states,
               double begin,
               double end,
               const OdeOptions& options,
               Scratch& scratch) {
  if (options.method == OdeMethod::kAdaptive) {
    AdaptiveSolver(field, states, begin, end, options, scratch).run();
    return;
  }
  for (std::int64_t first = 0; first < states.rows; first += kRowsAtOnce) {
    solve_fixed(field, states, first, begin, end, options, scratch);
  }
}

}  // namespace amortflow
