#pragma once

#include <cmath>
#include <limits>

#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

namespace amortflow {

namespace detail {

/// Standard normal in [a, b] by uniform proposals; `highest` is the point of [a, b] nearest to 0.
inline double normal_between_by_uniform(rng& random, double a, double b, double highest) noexcept {
  for (;;) {
    const double x = a + (b - a) * random.uniform();
    if (std::log(random.uniform()) <= 0.5 * (highest - x) * (highest + x)) return x;
  }
}

/// Standard normal in [a, b], a >= 0, by proposals from an exponential of the best rate: Robert (1995), section 2.2.
inline double normal_between_by_exponential(rng& random, double a, double b) noexcept {
  const double rate = 0.5 * (a + std::hypot(a, 2.0));
  for (;;) {
    const double x = a - std::log(random.uniform()) / rate;
    const double distance = x - rate;
    if (std::log(random.uniform()) <= -0.5 * distance * distance && x <= b) return x;
  }
}

/// Standard normal in [a, b], b > 0: Robert (1995), "Simulation of truncated normal variables". Every branch accepts at
/// least a quarter of its proposals.
inline double standard_normal_between(rng& random, double a, double b) noexcept {
  if (a < 0) {
    constexpr double kRootTwoPi = 2.50662827463100050242;
    if (b - a < kRootTwoPi) return normal_between_by_uniform(random, a, b, 0);
    for (;;) {
      const double x = random.normal();
      if (x >= a && x <= b) return x;
    }
  }
  const double root = std::hypot(a, 2.0);
  const double widest = 2 / (a + root) * std::exp(0.5 + 0.25 * a * (a - root));
  return b - a <= widest ? normal_between_by_uniform(random, a, b, a) : normal_between_by_exponential(random, a, b);
}

}  // namespace detail

/// normal(mu, sigma) given that it lies in [lower, upper]; either bound may be infinite. Works far out in a tail.
inline double truncated_normal(rng& random,
                               double mu,
                               double sigma,
                               double lower,
                               double upper = std::numeric_limits<double>::infinity()) {
  detail::require(sigma > 0, "truncated_normal(): sigma must be positive", sigma);
  detail::require(lower < upper, "truncated_normal(): upper - lower must be positive", upper - lower);
  const double a = (lower - mu) / sigma;
  const double b = (upper - mu) / sigma;
  const double z =
      b > 0 ? detail::standard_normal_between(random, a, b) : -detail::standard_normal_between(random, -b, -a);
  return std::fmin(std::fmax(mu + sigma * z, lower), upper);
}

}  // namespace amortflow
