#pragma once

#include <cmath>
#include <cstddef>

#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

namespace amortflow {

/// Replaces the d x d matrix `a`, stored by rows, by its lower Cholesky factor L, a = L L'; what is above the diagonal
/// becomes 0 and is not read. Throws std::domain_error where `a` is not positive definite.
inline void cholesky(double* a, std::size_t d) {
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = a[i * d + j];
      for (std::size_t k = 0; k < j; ++k) rest -= a[i * d + k] * a[j * d + k];
      if (j < i) {
        a[i * d + j] = rest / a[j * d + j];
        continue;
      }
      detail::require(rest > 0 && std::isfinite(rest),
                      "cholesky(): the matrix must be positive definite, its pivots positive", rest);
      a[i * d + i] = std::sqrt(rest);
    }
    for (std::size_t j = i + 1; j < d; ++j) a[i * d + j] = 0;
  }
}

/// Normal vector with mean `mu` (d numbers) and covariance L L', into `out` (d numbers); `factor` is the lower triangle
/// L, d x d by rows, what is above its diagonal is not read.
inline void multi_normal_cholesky(rng& random, const double* mu, const double* factor, std::size_t d, double* out) {
  for (std::size_t i = 0; i < d; ++i) out[i] = random.normal();
  for (std::size_t i = d; i-- > 0;) {  // from the end, so that the standard normals before i are still there
    double sum = mu[i];
    for (std::size_t j = 0; j <= i; ++j) sum += factor[i * d + j] * out[j];
    out[i] = sum;
  }
}

}  // namespace amortflow
