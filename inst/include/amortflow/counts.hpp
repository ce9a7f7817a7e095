#pragma once

#include <cmath>
#include <cstddef>

#include "amortflow/continuous.hpp"
#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

/// Distributions of counts, returned as double, because simulators write double.
namespace amortflow {

namespace detail {

/// log(k!) minus its leading Stirling terms, log(sqrt(2 pi)) + (k + 1/2) log(k + 1) - (k + 1).
inline double stirling_correction(double k) noexcept {
  constexpr double kSmall[10] = {0.08106146679532726,  0.04134069595540929, 0.02767792568499834, 0.02079067210376509,
                                 0.01664469118982119,  0.01387612882307075, 0.01189670994589177, 0.01041126526197209,
                                 0.009255462182712733, 0.008330563433362871};
  if (k < 10) return kSmall[static_cast<std::size_t>(k)];
  const double x = k + 1;
  const double x2 = x * x;
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / x2) / x2) / x;
}

/// log of the Poisson probability of k, without cancellation for large means.
inline double poisson_log_mass(double k, double mean) noexcept {
  constexpr double kLogSqrt2Pi = 0.91893853320467274178;
  const double x = k + 1;
  const double d = (mean - x) / x;
  const double log_ratio = std::log1p(d);
  return x * (log_ratio - d) - log_ratio - 0.5 * std::log(x) - kLogSqrt2Pi - stirling_correction(k);
}

/// Poisson, mean below 10: sequential search.
inline double poisson_by_search(rng& random, double mean) noexcept {
  constexpr double kEnd = 200;  // beyond it lies less than 1e-100; only rounding gets there
  for (;;) {
    double u = random.uniform();
    double mass = std::exp(-mean);
    for (double k = 0; k < kEnd; mass *= mean / ++k) {
      if (u <= mass) return k;
      u -= mass;
    }
  }
}

/// Poisson, mean from 10: transformed rejection with squeeze, Hoermann (1993), algorithm PTRS.
inline double poisson_by_rejection(rng& random, double mean) noexcept {
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_accept = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = random.uniform() - 0.5;
    const double v = random.uniform();
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_accept) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <= poisson_log_mass(k, mean)) return k;
  }
}

/// Binomial, size * p below 10 and p at most 1/2: sequential search.
inline double binomial_by_search(rng& random, double size, double p) noexcept {
  const double odds = p / (1 - p);
  const double none = std::exp(size * std::log1p(-p));
  for (;;) {
    double u = random.uniform();
    double mass = none;
    for (double k = 0; k <= size && mass > 0; ++k, mass *= odds * (size - k + 1) / k) {
      if (u <= mass) return k;
      u -= mass;
    }
  }
}

/// Binomial, size * p from 10 and p at most 1/2: transformed rejection with squeeze, Hoermann (1993), algorithm BTRS.
inline double binomial_by_rejection(rng& random, double size, double p) noexcept {
  const double spread = std::sqrt(size * p * (1 - p));
  const double b = 1.15 + 2.53 * spread;
  const double a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double center = size * p + 0.5;
  const double v_accept = 0.92 - 4.2 / b;
  const double alpha = (2.83 + 5.1 / b) * spread;
  const double odds = p / (1 - p);
  const double mode = std::floor((size + 1) * p);
  const double at_mode = (mode + 0.5) * std::log((mode + 1) / (odds * (size - mode + 1))) + stirling_correction(mode) +
                         stirling_correction(size - mode);
  for (;;) {
    const double u = random.uniform() - 0.5;
    const double v = random.uniform();
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2 * a / us + b) * u + center);
    if (k < 0 || k > size) continue;
    if (us >= 0.07 && v <= v_accept) return k;
    const double bound = at_mode + (size + 1) * std::log1p((k - mode) / (size - k + 1)) +
                         (k + 0.5) * std::log(odds * (size - k + 1) / (k + 1)) - stirling_correction(k) -
                         stirling_correction(size - k);
    if (std::log(v * alpha / (a / (us * us) + b)) <= bound) return k;
  }
}

}  // namespace detail

/// Number of successes in `size` trials.
inline double binomial(rng& random, double size, double p) {
  detail::require(size >= 0 && size == std::floor(size) && size <= 0x1.0p53,
                  "binomial(): size must be a whole number from 0 to 2^53", size);
  detail::require(p >= 0 && p <= 1, "binomial(): p must lie between 0 and 1", p);
  if (size <= 0 || p <= 0) return 0;
  if (p >= 1) return size;
  if (p > 0.5) return size - binomial(random, size, 1 - p);
  return size * p < 10 ? detail::binomial_by_search(random, size, p) : detail::binomial_by_rejection(random, size, p);
}

inline double poisson(rng& random, double mean) {
  detail::require(mean >= 0 && std::isfinite(mean), "poisson(): mean must be finite and at least 0", mean);
  return mean < 10 ? detail::poisson_by_search(random, mean) : detail::poisson_by_rejection(random, mean);
}

/// Stan's neg_binomial_2: mean `mean`, variance mean + mean^2 / phi.
inline double negative_binomial_2(rng& random, double mean, double phi) {
  detail::require(mean >= 0 && std::isfinite(mean), "negative_binomial_2(): mean must be finite and at least 0", mean);
  detail::require(phi > 0, "negative_binomial_2(): phi must be positive", phi);
  if (mean <= 0) return 0;
  if (std::isinf(phi)) return poisson(random, mean);
  detail::require(std::isfinite(phi / mean) && phi / mean > 0,
                  "negative_binomial_2(): phi must not be so far from mean", phi);
  return poisson(random, gamma(random, phi, phi / mean));
}

/// 1 with probability `p`, else 0.
inline double bernoulli(rng& random, double p) {
  detail::require(p >= 0 && p <= 1, "bernoulli(): p must lie between 0 and 1", p);
  return random.uniform() < p ? 1 : 0;
}

/// Number of failures before the first success: mean (1 - p) / p.
inline double geometric(rng& random, double p) {
  detail::require(p > 0 && p <= 1, "geometric(): p must be above 0 and at most 1", p);
  if (p >= 1) return 0;
  return std::floor(std::log(random.uniform()) / std::log1p(-p));
}

}  // namespace amortflow
