#pragma once

#include <cmath>

#include "amortflow/gamma_variates.hpp"
#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

/// Continuous distributions of one number that need few lines.
namespace amortflow {

/// Uniform between `lower` and `upper`, neither included (but for rounding).
inline double uniform(rng& random, double lower = 0, double upper = 1) {
  detail::require(lower < upper && std::isfinite(upper - lower), "uniform(): upper - lower must be positive and finite",
                  upper - lower);
  return lower + (upper - lower) * random.uniform();
}

inline double normal(rng& random, double mean = 0, double sd = 1) {
  detail::require(sd >= 0, "normal(): sd must be at least 0", sd);
  detail::require(std::isfinite(mean), "normal(): mean must be finite", mean);
  return mean + sd * random.normal();
}

/// Mean 1 / rate.
inline double exponential(rng& random, double rate = 1) {
  detail::require(rate > 0, "exponential(): rate must be positive", rate);
  return -std::log(random.uniform()) / rate;
}

/// Mean shape / rate.
inline double gamma(rng& random, double shape, double rate = 1) {
  detail::require(shape > 0, "gamma(): shape must be positive", shape);
  detail::require(rate > 0, "gamma(): rate must be positive", rate);
  if (shape >= 1) return detail::standard_gamma(random, shape) / rate;
  return std::exp(detail::log_standard_gamma(random, shape)) / rate;
}

/// Mean a / (a + b).
inline double beta(rng& random, double a, double b) {
  detail::require(a > 0, "beta(): a must be positive", a);
  detail::require(b > 0, "beta(): b must be positive", b);
  const double log_x = detail::log_standard_gamma(random, a);
  const double log_y = detail::log_standard_gamma(random, b);
  return 1 / (1 + std::exp(log_y - log_x));
}

/// Student's t with `nu` degrees of freedom, moved by `mu` and stretched by `sigma`.
inline double student_t(rng& random, double nu, double mu = 0, double sigma = 1) {
  detail::require(nu > 0, "student_t(): nu must be positive", nu);
  detail::require(sigma >= 0, "student_t(): sigma must be at least 0", sigma);
  const double z = random.normal();
  if (std::isinf(nu)) return mu + sigma * z;
  const double log_half_chi_square = detail::log_standard_gamma(random, nu / 2);
  return mu + sigma * z * std::exp(0.5 * (std::log(nu / 2) - log_half_chi_square));
}

/// exp of a normal(mu, sigma).
inline double lognormal(rng& random, double mu = 0, double sigma = 1) {
  detail::require(sigma >= 0, "lognormal(): sigma must be at least 0", sigma);
  return std::exp(mu + sigma * random.normal());
}

/// Mean nu, variance 2 nu.
inline double chi_square(rng& random, double nu) {
  detail::require(nu > 0, "chi_square(): nu must be positive", nu);
  return gamma(random, nu / 2, 0.5);
}

/// 1 / gamma(shape, rate = scale): mean scale / (shape - 1).
inline double inv_gamma(rng& random, double shape, double scale = 1) {
  detail::require(shape > 0, "inv_gamma(): shape must be positive", shape);
  detail::require(scale > 0, "inv_gamma(): scale must be positive", scale);
  return scale * std::exp(-detail::log_standard_gamma(random, shape));
}

/// Student's t with one degree of freedom, moved by `mu` and stretched by `sigma`.
inline double cauchy(rng& random, double mu = 0, double sigma = 1) {
  constexpr double kPi = 3.14159265358979323846;
  detail::require(sigma >= 0, "cauchy(): sigma must be at least 0", sigma);
  return mu - sigma / std::tan(kPi * random.uniform());
}

/// Variance (pi sigma)^2 / 3.
inline double logistic(rng& random, double mu = 0, double sigma = 1) {
  detail::require(sigma >= 0, "logistic(): sigma must be at least 0", sigma);
  const double u = random.uniform();
  return mu + sigma * (std::log(u) - std::log1p(-u));
}

/// P(X > x) = exp(-(x / scale)^shape).
inline double weibull(rng& random, double shape, double scale = 1) {
  detail::require(shape > 0, "weibull(): shape must be positive", shape);
  detail::require(scale >= 0, "weibull(): scale must be at least 0", scale);
  return scale * std::pow(-std::log(random.uniform()), 1 / shape);
}

/// P(X > x) = (lower / x)^shape for x above `lower`.
inline double pareto(rng& random, double lower, double shape) {
  detail::require(lower > 0, "pareto(): lower must be positive", lower);
  detail::require(shape > 0, "pareto(): shape must be positive", shape);
  return lower * std::exp(-std::log(random.uniform()) / shape);
}

}  // namespace amortflow
