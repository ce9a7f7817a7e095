#pragma once

#include <cmath>

#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

namespace amortflow {

namespace detail {

/// Chambers, Mallows and Stuck (1976), "A method for simulating stable random variables", for alpha other than 1, with
/// the skewed case as in Weron (1996), eq. 3.7.
inline double standard_stable(rng& random, double alpha, double beta) noexcept {
  constexpr double kHalfPi = 1.57079632679489661923;
  const double angle = kHalfPi * (2 * random.uniform() - 1);
  const double w = -std::log(random.uniform());
  const double skew = beta * std::tan(kHalfPi * alpha);
  const double shift = std::atan(skew);
  const double turned = alpha * angle + shift;
  const double log_size = (0.5 * std::log1p(skew * skew) - std::log(std::cos(angle)) +
                           (1 - alpha) * std::log(std::cos(angle - turned) / w)) /
                          alpha;
  return std::sin(turned) * std::exp(log_size);
}

/// The same for alpha = 1: Weron (1996), eq. 3.9.
inline double standard_stable_of_one(rng& random, double beta) noexcept {
  constexpr double kHalfPi = 1.57079632679489661923;
  const double angle = kHalfPi * (2 * random.uniform() - 1);
  const double w = -std::log(random.uniform());
  const double slope = kHalfPi + beta * angle;
  return (slope * std::tan(angle) - beta * std::log(kHalfPi * w * std::cos(angle) / slope)) / kHalfPi;
}

}  // namespace detail

/// Stable with exponent `alpha` in (0, 2] and skewness `beta` in [-1, 1], in the form that Samorodnitsky and Taqqu
/// (1994) call S_alpha(sigma, beta, mu): for alpha other than 1 its characteristic function is exp(i mu t - |sigma
/// t|^alpha (1 - i beta sign(t) tan(pi alpha / 2))). alpha = 2 is normal(mu, sqrt(2) sigma), alpha = 1 with beta = 0 is
/// cauchy(mu, sigma).
inline double alpha_stable(rng& random, double alpha, double beta = 0, double mu = 0, double sigma = 1) {
  constexpr double kRootTwo = 1.41421356237309504880;
  constexpr double kTwoOverPi = 0.63661977236758134308;
  detail::require(alpha > 0 && alpha <= 2, "alpha_stable(): alpha must be above 0 and at most 2", alpha);
  detail::require(beta >= -1 && beta <= 1, "alpha_stable(): beta must lie between -1 and 1", beta);
  detail::require(sigma >= 0, "alpha_stable(): sigma must be at least 0", sigma);
  if (alpha >= 2) return mu + kRootTwo * sigma * random.normal();
  if (std::fabs(alpha - 1) > 0) return mu + sigma * detail::standard_stable(random, alpha, beta);
  const double x = mu + sigma * detail::standard_stable_of_one(random, beta);
  return beta == 0 || sigma <= 0 ? x : x + kTwoOverPi * beta * sigma * std::log(sigma);
}

}  // namespace amortflow
