#include "simulate/special_functions.h"

#include <algorithm>
#include <cmath>

#include "base/constants.h"
#include "simulate/quadrature.h"
#include "simulate/tail_probabilities.h"

namespace amortflow {

namespace {

/// For 0 <= a <= 1 and h >= 0, where the integrand is smooth.
double owens_t_core(double h, double a) {
  const double width = h > 0 ? std::min(a, 12 / h) : a;  // beyond it, exp() is less than 1e-31
  const auto integrand = [h](double x) { return std::exp(-0.5 * h * h * (1 + x * x)) / (1 + x * x); };
  return integrate(integrand, 0, width) / (2 * kPi);
}

}  // namespace

double log_beta(double a, double b) { return log_gamma(a) + log_gamma(b) - log_gamma(a + b); }

double log_multivariate_gamma(double x, std::int64_t size) {
  const auto k = static_cast<double>(size);
  double sum = 0.25 * k * (k - 1) * kLogPi;
  for (std::int64_t j = 0; j < size; ++j) sum += log_gamma(x - 0.5 * static_cast<double>(j));
  return sum;
}

double log_choose(double n, double k) { return -std::log(n + 1) - log_beta(n - k + 1, k + 1); }

double log_normal_lower_tail(double z) {
  constexpr double kRootHalf = 0.70710678118654752440;
  if (z > -30) return std::log(0.5 * std::erfc(-z * kRootHalf));
  const double r = 1 / (z * z);  // asymptotic series, Abramowitz and Stegun (1964), 26.2.12
  return -0.5 * z * z - std::log(-z) - kLogSqrt2Pi + std::log1p(r * (-1 + r * (3 - 15 * r)));
}

double owens_t(double h, double a) {
  if (a < 0) return -owens_t(h, -a);
  h = std::fabs(h);
  if (a <= 1) return owens_t_core(h, a);
  // T(h, a) = Q(h) / 2 + Q(ah) / 2 - Q(h) Q(ah) - T(ah, 1/a), Q the upper tail.
  const double upper = normal_tails(h).upper;
  const double upper_scaled = normal_tails(a * h).upper;
  return 0.5 * (upper + upper_scaled) - upper * upper_scaled - owens_t_core(a * h, 1 / a);
}

double log_scaled_bessel_i0(double x) {
  const double width = x > 0 ? std::min(kPi, 9 / std::sqrt(x)) : kPi;  // beyond it, exp() is less than 1e-16
  const auto integrand = [x](double t) {
    const double s = std::sin(0.5 * t);
    return std::exp(-2 * x * s * s);
  };
  return std::log(integrate(integrand, 0, width) / kPi);
}

}  // namespace amortflow
