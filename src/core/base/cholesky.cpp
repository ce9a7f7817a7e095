#include "base/cholesky.h"

#include <algorithm>
#include <cmath>

namespace amortflow {

bool cholesky(const double* a, std::int64_t size, double* l) {
  std::fill_n(l, size * size, 0.0);
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = j; i < size; ++i) {
      double rest = a[i + j * size];
      for (std::int64_t k = 0; k < j; ++k) rest -= l[i + k * size] * l[j + k * size];
      if (i == j && !(rest > 0 && std::isfinite(rest))) return false;
      l[i + j * size] = i == j ? std::sqrt(rest) : rest / l[j + j * size];
    }
  }
  return true;
}

void solve_lower(const double* l, std::int64_t size, double* x) {
  for (std::int64_t i = 0; i < size; ++i) {
    for (std::int64_t k = 0; k < i; ++k) x[i] -= l[i + k * size] * x[k];
    x[i] /= l[i + i * size];
  }
}

void times_transpose(const double* l, std::int64_t size, double* out) {
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = j; i < size; ++i) {
      double sum = 0;
      for (std::int64_t k = 0; k <= j; ++k) sum += l[i + k * size] * l[j + k * size];
      out[i + j * size] = sum;
      out[j + i * size] = sum;
    }
  }
}

double log_determinant(const double* l, std::int64_t size) {
  double sum = 0;
  for (std::int64_t k = 0; k < size; ++k) sum += 2 * std::log(l[k + k * size]);
  return sum;
}

}  // namespace amortflow
