#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "base/constants.h"
#include "simulate/distributions.h"

namespace amortflow {

/// The parts of `distributions()`: on the whole line; on the positive numbers or above a bound; between two bounds;
/// whole numbers.
[[nodiscard]] std::vector<Distribution> location_scale_distributions();
[[nodiscard]] std::vector<Distribution> skewed_distributions();
[[nodiscard]] std::vector<Distribution> positive_distributions();
[[nodiscard]] std::vector<Distribution> heavy_tailed_distributions();
[[nodiscard]] std::vector<Distribution> bounded_distributions();
[[nodiscard]] std::vector<Distribution> discrete_distributions();

/// What they share.
[[nodiscard]] inline Interval whole_line(const double*) { return {-kInfinity, kInfinity}; }
[[nodiscard]] inline Interval positive_line(const double*) { return {0, kInfinity}; }
[[nodiscard]] inline double standard(double x, const double* location_scale) {
  return (x - location_scale[0]) / location_scale[1];
}
template <int kCount>
[[nodiscard]] bool all_positive(const double* a) {
  for (int i = 0; i < kCount; ++i) {
    if (!(a[i] > 0 && std::isfinite(a[i]))) return false;
  }
  return true;
}
[[nodiscard]] inline const char* location_scale_complaint(const double* a) {
  if (!std::isfinite(a[0])) return "`mu` must be finite";
  if (!(a[1] > 0 && std::isfinite(a[1]))) return "`sigma` must be positive";
  return nullptr;
}
/// -log of the smaller tail's complement: the hazard H with P(X > x) = exp(-H).
[[nodiscard]] inline double cumulative_hazard(const Tails& t) {
  return -(t.lower < t.upper ? std::log1p(-t.lower) : std::log(t.upper));
}
/// -log P(X <= x), likewise.
[[nodiscard]] inline double reversed_hazard(const Tails& t) {
  return -(t.upper < t.lower ? std::log1p(-t.upper) : std::log(t.lower));
}
/// (a - 1) log(x), 0 where a is 1, also at x = 0.
[[nodiscard]] inline double power_term(double a, double log_x) { return a == 1 ? 0 : (a - 1) * log_x; }

}  // namespace amortflow
