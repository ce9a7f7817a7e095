#include "adapt/correlation.h"

#include <algorithm>
#include <cmath>

#include "base/cholesky.h"
#include "base/constants.h"

namespace amortflow {

namespace {

using Numbers = std::vector<double>;

/// Partial correlations nearer than this to -1 or 1 count as this near: doubles hold no nearer ones of products.
constexpr double kLeastRest = 1e-15;
/// tanh() of more is 1 up to kLeastRest.
constexpr double kMostFree = 17;

std::int64_t free_count(std::int64_t size) { return size * (size - 1) / 2; }

/// Place of element (i, j), i > j, in the strict lower triangle.
std::int64_t place(std::int64_t i, std::int64_t j, std::int64_t size) { return j * (2 * size - j - 1) / 2 + i - j - 1; }

/// What is left of a row's unit length before and after element `x`: the partial correlation is x / root.
struct Rest {
  explicit Rest(double square, double x)
      : root(std::sqrt(square)),
        minus(std::max(root - x, kLeastRest * root)),
        plus(std::max(root + x, kLeastRest * root)) {}
  [[nodiscard]] double next() const { return minus * plus; }
  double root;
  double minus;
  double plus;
};

/// Free coordinates of the Cholesky factor `l`; returns log |dy / dl| of the strict lower triangle.
double factor_to_free(const double* l, std::int64_t size, double* y) {
  double log_det = 0;
  for (std::int64_t i = 1; i < size; ++i) {
    double square = 1;
    for (std::int64_t j = 0; j < i; ++j) {
      const Rest rest(square, l[i + j * size]);
      y[place(i, j, size)] = 0.5 * std::log(rest.plus / rest.minus);
      log_det += 0.5 * std::log(square) - std::log(rest.next());
      square = rest.next();
    }
  }
  return log_det;
}

void free_to_factor(const double* y, std::int64_t size, double* l) {
  std::fill_n(l, size * size, 0.0);
  l[0] = 1;
  for (std::int64_t i = 1; i < size; ++i) {
    double root = 1;
    for (std::int64_t j = 0; j < i; ++j) {
      const double value = std::min(std::max(y[place(i, j, size)], -kMostFree), kMostFree);
      l[i + j * size] = std::isnan(y[place(i, j, size)]) ? y[place(i, j, size)] : root * std::tanh(value);
      root /= std::cosh(value);
    }
    l[i + i * size] = root;
  }
}

/// Adds the gradient with respect to the strict lower triangle of the factor.
void pull_back_factor(const double* l, std::int64_t size, const double* y_gradient, double weight, double* gradient) {
  Numbers square(static_cast<std::size_t>(size));
  Numbers of_square(static_cast<std::size_t>(size));
  for (std::int64_t i = 1; i < size; ++i) {
    square[0] = 1;
    std::fill(of_square.begin(), of_square.end(), 0.0);
    for (std::int64_t j = 0; j < i; ++j) {
      const auto at = static_cast<std::size_t>(j);
      const double x = l[i + j * size];
      const Rest rest(square[at], x);
      const double g = y_gradient[place(i, j, size)];
      gradient[i + j * size] += g * rest.root / rest.next();
      of_square[at] += -0.5 * g * x / (rest.next() * rest.root) + 0.5 * weight / square[at];
      of_square[at + 1] -= weight / rest.next();
      square[at + 1] = rest.next();
    }
    double later = 0;  // the square after an element is the one before it minus the element's own
    for (std::int64_t j = i - 1; j >= 0; --j) {
      later += of_square[static_cast<std::size_t>(j + 1)];
      gradient[i + j * size] -= 2 * later * l[i + j * size];
    }
  }
}

bool is_correlation(const double* x, std::int64_t size) {
  for (std::int64_t i = 0; i < size * size; ++i) {
    if (!(std::fabs(x[i]) <= 1 + kShapeRounding)) return false;
  }
  for (std::int64_t k = 0; k < size; ++k) {
    if (!(std::fabs(x[k + k * size] - 1) <= kShapeRounding)) return false;
  }
  return is_symmetric_matrix(x, size);
}

bool is_factor(const double* l, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) {
    double length = 0;
    for (std::int64_t k = 0; k < size; ++k) {
      if (k > i && l[i + k * size] != 0) return false;
      length += l[i + k * size] * l[i + k * size];
    }
    if (!(l[i + i * size] >= 0 && std::fabs(length - 1) <= kShapeRounding)) return false;
  }
  return true;
}

/// d log_det / d log l[k, k] of the factorisation of a correlation matrix, k from 0.
double factor_power(std::int64_t k, std::int64_t size) { return static_cast<double>(size - 1 - k); }

}  // namespace

Correlation::Correlation(const Spec& spec) : ShapeStep(spec, "correlation") {
  set_sizes(dim() * dim(), free_count(dim()));
}

double Correlation::to_free(const double* x, double* y) const {
  Numbers l(static_cast<std::size_t>(dim() * dim()));
  const bool valid = clamped_cholesky(x, dim(), l.data()) && is_correlation(x, dim());
  double log_det = factor_to_free(l.data(), dim(), y);
  for (std::int64_t k = 1; k < dim(); ++k) {
    log_det -= factor_power(k, dim()) * std::log(l[static_cast<std::size_t>(k + k * dim())]);
  }
  return valid ? log_det : -kInfinity;
}

void Correlation::from_free(const double* y, double* x) const {
  Numbers l(static_cast<std::size_t>(dim() * dim()));
  free_to_factor(y, dim(), l.data());
  times_transpose(l.data(), dim(), x);
  for (std::int64_t k = 0; k < dim(); ++k) x[k + k * dim()] = 1;
}

void Correlation::pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const {
  Numbers l(static_cast<std::size_t>(dim() * dim()));
  static_cast<void>(clamped_cholesky(x, dim(), l.data()));
  pull_back_factor(l.data(), dim(), y_gradient, weight, x_gradient);
  for (std::int64_t k = 1; k < dim(); ++k) {
    const std::int64_t diagonal = k + k * dim();
    x_gradient[diagonal] -= weight * factor_power(k, dim()) / l[static_cast<std::size_t>(diagonal)];
  }
  pull_back_cholesky(l.data(), dim(), true, x_gradient);
}

CholeskyCorrelation::CholeskyCorrelation(const Spec& spec) : ShapeStep(spec, "cholesky_corr") {
  set_sizes(dim() * dim(), free_count(dim()));
}

double CholeskyCorrelation::to_free(const double* x, double* y) const {
  const double log_det = factor_to_free(x, dim(), y);
  return is_factor(x, dim()) ? log_det : -kInfinity;
}

void CholeskyCorrelation::from_free(const double* y, double* x) const { free_to_factor(y, dim(), x); }

void CholeskyCorrelation::pull_back_one(const double* x,
                                        const double* y_gradient,
                                        double weight,
                                        double* x_gradient) const {
  pull_back_factor(x, dim(), y_gradient, weight, x_gradient);
}

}  // namespace amortflow
