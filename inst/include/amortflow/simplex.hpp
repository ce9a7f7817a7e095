#pragma once

#include <cmath>
#include <cstddef>

#include "amortflow/counts.hpp"
#include "amortflow/gamma_variates.hpp"
#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

/// Distributions with a vector of probabilities. `weights` are `count` numbers that are not negative and not all 0;
/// they are divided by their sum.
namespace amortflow {

namespace detail {

inline double sum_of_weights(const double* weights, std::size_t count, const char* what) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    require(weights[i] >= 0, what, weights[i]);
    sum += weights[i];
  }
  require(sum > 0 && std::isfinite(sum), what, sum);
  return sum;
}

}  // namespace detail

/// Index of one of `count` categories, from 0 (Stan counts from 1).
inline std::size_t categorical(rng& random, const double* weights, std::size_t count) {
  const double sum = detail::sum_of_weights(
      weights, count, "categorical(): weights must not be negative and have a positive, finite sum");
  double u = sum * random.uniform();
  std::size_t last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (weights[i] <= 0) continue;
    if (u < weights[i]) return i;
    u -= weights[i];
    last = i;  // only rounding gets beyond the last category
  }
  return last;
}

/// How often each of `count` categories is met in `size` draws, into `out` (`count` numbers, apart from `weights`).
inline void multinomial(rng& random, double size, const double* weights, std::size_t count, double* out) {
  detail::sum_of_weights(weights, count, "multinomial(): weights must not be negative and have a positive, finite sum");
  // Weight of this and all later categories, summed from the end, so that small last weights keep their digits.
  double later = 0;
  for (std::size_t i = count; i-- > 0;) out[i] = later += weights[i];
  double left = size;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = out[i] > 0 ? weights[i] / out[i] : 0;
    out[i] = binomial(random, left, share);
    left -= out[i];
  }
}

/// Probabilities that sum to 1, into `out` (`count` numbers); `alpha` holds `count` positive numbers.
inline void dirichlet(rng& random, const double* alpha, std::size_t count, double* out) {
  detail::require(count > 0, "dirichlet(): count must be positive", static_cast<double>(count));
  double highest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    detail::require(alpha[i] > 0, "dirichlet(): alpha must be positive", alpha[i]);
    out[i] = detail::log_standard_gamma(random, alpha[i]);
    highest = i == 0 ? out[i] : std::fmax(highest, out[i]);
  }
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += out[i] = std::exp(out[i] - highest);
  for (std::size_t i = 0; i < count; ++i) out[i] /= sum;
}

}  // namespace amortflow
