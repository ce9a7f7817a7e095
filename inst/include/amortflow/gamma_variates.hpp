#pragma once

#include <cmath>

#include "amortflow/philox.hpp"

namespace amortflow {
namespace detail {

/// Gamma of rate 1 and shape at least 1: Marsaglia and Tsang (2000), "A simple method for generating gamma variables".
inline double standard_gamma(rng& random, double shape) noexcept {
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = random.uniform();
    if (u < 1 - 0.0331 * x * x * x * x) return d * v;
    if (std::log(u) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v;
  }
}

/// log of a gamma variable of rate 1: does not underflow for small shapes.
inline double log_standard_gamma(rng& random, double shape) noexcept {
  if (shape >= 1) return std::log(standard_gamma(random, shape));
  const double larger = standard_gamma(random, shape + 1);
  return std::log(larger) + std::log(random.uniform()) / shape;
}

}  // namespace detail
}  // namespace amortflow
