#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

/// Stochastic differential equations dx = drift(t, x) dt + diffusion(t, x) dW by the method of Euler and Maruyama,
/// whose mean is of order 1 and whose paths are of order 1/2 in the step (Maruyama, 1955; Kloeden and Platen, 1992, ch.
/// 10).
namespace amortflow {

/// Default of euler_maruyama()'s last argument.
struct go_on {
  template <class State>
  bool operator()(double, State&) const noexcept {
    return true;
  }
};

namespace detail {

inline void require_steps(double t0, double t1, std::int64_t steps) {
  require(steps >= 1, "euler_maruyama(): there must be at least 1 step", static_cast<double>(steps));
  require(t1 >= t0 && std::isfinite(t1 - t0), "euler_maruyama(): t1 - t0 must be at least 0 and finite", t1 - t0);
}

}  // namespace detail

/// Moves `x` from `t0` to `t1` in `steps` equal steps. `drift(t, x)` and `diffusion(t, x)` return numbers.
/// `after_step(t, x)` may change `x` (reflection) and returns whether to go on (false: absorbed).
/// Returns the time that was reached.
template <class Drift, class Diffusion, class AfterStep = go_on>
double euler_maruyama(double& x,
                      double t0,
                      double t1,
                      std::int64_t steps,
                      const Drift& drift,
                      const Diffusion& diffusion,
                      rng& random,
                      const AfterStep& after_step = {}) {
  detail::require_steps(t0, t1, steps);
  const double h = (t1 - t0) / static_cast<double>(steps);
  const double root = std::sqrt(h);
  for (std::int64_t step = 0; step < steps; ++step) {
    const double t = t0 + static_cast<double>(step) * h;
    const double slope = drift(t, x);
    x += h * slope + root * diffusion(t, x) * random.normal();
    const double reached = t0 + static_cast<double>(step + 1) * h;
    if (!after_step(reached, x)) return reached;
  }
  return t1;
}

/// The same for a state that is std::array<double, N> or std::vector<double>, with independent noise for each element:
/// `drift(t, y, dy)` and `diffusion(t, y, sd)` write one number for each element.
template <class State, class Drift, class Diffusion, class AfterStep = go_on>
double euler_maruyama(State& y,
                      double t0,
                      double t1,
                      std::int64_t steps,
                      const Drift& drift,
                      const Diffusion& diffusion,
                      rng& random,
                      const AfterStep& after_step = {}) {
  detail::require_steps(t0, t1, steps);
  const double h = (t1 - t0) / static_cast<double>(steps);
  const double root = std::sqrt(h);
  State slope(y);
  State sd(y);
  for (std::int64_t step = 0; step < steps; ++step) {
    const double t = t0 + static_cast<double>(step) * h;
    drift(t, y, slope);
    diffusion(t, y, sd);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] += h * slope[i] + root * sd[i] * random.normal();
    const double reached = t0 + static_cast<double>(step + 1) * h;
    if (!after_step(reached, y)) return reached;
  }
  return t1;
}

}  // namespace amortflow
