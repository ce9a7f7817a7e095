#include "adapt/covariance.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/cholesky.h"

namespace amortflow {

namespace {

using Numbers = std::vector<double>;
constexpr double kLog2 = 0.69314718055994530942;
/// Logarithms of standard deviations beyond this overflow when they are multiplied.
constexpr double kMostLogDiagonal = 170;
constexpr double kMostElement = 1e150;

/// -d log_det / d log L[k, k], k from 0: of the product L L', and of the exponential.
double power(std::int64_t k, std::int64_t size) { return static_cast<double>(size - k + 1); }

double bounded(double x, double most) { return x > most ? most : x < -most ? -most : x; }

}  // namespace

Covariance::Covariance(const Spec& spec) : ShapeStep(spec, "covariance") {
  set_sizes(dim() * dim(), dim() * (dim() + 1) / 2);
}

double Covariance::to_free(const double* x, double* y) const {
  Numbers l(static_cast<std::size_t>(dim() * dim()));
  const bool valid = clamped_cholesky(x, dim(), l.data()) && is_symmetric_matrix(x, dim());
  double log_det = -static_cast<double>(dim()) * kLog2;
  for (std::int64_t j = 0; j < dim(); ++j) {
    const double log_diagonal = std::log(l[static_cast<std::size_t>(j + j * dim())]);
    log_det -= power(j, dim()) * log_diagonal;
    *y++ = log_diagonal;
    for (std::int64_t i = j + 1; i < dim(); ++i) *y++ = l[static_cast<std::size_t>(i + j * dim())];
  }
  return valid ? log_det : -std::numeric_limits<double>::infinity();
}

void Covariance::from_free(const double* y, double* x) const {
  Numbers l(static_cast<std::size_t>(dim() * dim()));
  for (std::int64_t j = 0; j < dim(); ++j) {
    l[static_cast<std::size_t>(j + j * dim())] = std::exp(bounded(*y++, kMostLogDiagonal));
    for (std::int64_t i = j + 1; i < dim(); ++i) {
      l[static_cast<std::size_t>(i + j * dim())] = bounded(*y++, kMostElement);
    }
  }
  times_transpose(l.data(), dim(), x);
}

void Covariance::pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const {
  Numbers l(static_cast<std::size_t>(dim() * dim()));
  static_cast<void>(clamped_cholesky(x, dim(), l.data()));
  for (std::int64_t j = 0; j < dim(); ++j) {
    const double diagonal = l[static_cast<std::size_t>(j + j * dim())];
    x_gradient[j + j * dim()] += (*y_gradient++ - weight * power(j, dim())) / diagonal;
    for (std::int64_t i = j + 1; i < dim(); ++i) x_gradient[i + j * dim()] += *y_gradient++;
  }
  pull_back_cholesky(l.data(), dim(), false, x_gradient);
}

}  // namespace amortflow
