#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "amortflow/counts.hpp"

/// Log densities for log likelihoods, under Stan's names. They do not check their arguments. std::lgamma() is not used:
/// it writes a global variable.
namespace amortflow {

namespace detail {

inline constexpr double kLogRootTwoPi = 0.91893853320467274178;

/// log of the gamma function at x > 0: Stirling's series from 10 on, the recursion below.
inline double log_gamma(double x) noexcept {
  double product = 1;
  for (; x < 10; ++x) product *= x;
  const double y = 1 / (x * x);
  const double series = (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - y / 1188) * y) * y) * y) / x;
  return (x - 0.5) * std::log(x) - x + kLogRootTwoPi + series - std::log(product);
}

}  // namespace detail

inline double normal_lpdf(double x, double mu, double sigma) noexcept {
  const double z = (x - mu) / sigma;
  return -0.5 * z * z - std::log(sigma) - detail::kLogRootTwoPi;
}

inline double lognormal_lpdf(double x, double mu, double sigma) noexcept {
  if (!(x > 0)) return -std::numeric_limits<double>::infinity();
  return normal_lpdf(std::log(x), mu, sigma) - std::log(x);
}

/// k out of 0, ..., size.
inline double binomial_lpmf(double k, double size, double p) noexcept {
  if (!(k >= 0 && k <= size)) return -std::numeric_limits<double>::infinity();
  const double choose = detail::log_gamma(size + 1) - detail::log_gamma(k + 1) - detail::log_gamma(size - k + 1);
  return choose + (k > 0 ? k * std::log(p) : 0) + (size > k ? (size - k) * std::log1p(-p) : 0);
}

inline double poisson_lpmf(double k, double mean) noexcept {
  if (!(k >= 0)) return -std::numeric_limits<double>::infinity();
  if (mean <= 0) return k > 0 ? -std::numeric_limits<double>::infinity() : 0;
  return detail::poisson_log_mass(k, mean);
}

/// Mean `mean`, variance mean + mean^2 / phi.
inline double neg_binomial_2_lpmf(double k, double mean, double phi) noexcept {
  if (!(k >= 0)) return -std::numeric_limits<double>::infinity();
  if (mean <= 0) return k > 0 ? -std::numeric_limits<double>::infinity() : 0;
  const double choose = detail::log_gamma(k + phi) - detail::log_gamma(phi) - detail::log_gamma(k + 1);
  return choose - phi * std::log1p(mean / phi) + (k > 0 ? k * (std::log(mean) - std::log(mean + phi)) : 0);
}

/// log(exp(a) + exp(b)).
inline double log_sum_exp(double a, double b) noexcept {
  const double high = a > b ? a : b;
  if (std::isinf(high)) return high;
  return high + std::log1p(std::exp((a > b ? b : a) - high));
}

/// log(1 + exp(x)).
inline double log1p_exp(double x) noexcept { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

}  // namespace amortflow
