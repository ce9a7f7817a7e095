#include <algorithm>
#include <cmath>

#include "amortflow/distributions.hpp"
#include "base/cholesky.h"
#include "base/errors.h"
#include "simulate/distribution_families.h"
#include "simulate/special_functions.h"
#include "simulate/vector_distributions.h"

namespace amortflow {

namespace {

using Size = VectorDistribution::Size;

void check_eta(const double* const* a, std::int64_t) {
  if (!all_positive<1>(a[0])) throw NumericError("`eta` (the shape) must be positive");
}

Interval correlation_support(std::int64_t i, std::int64_t size) {
  return i / size == i % size ? Interval{1, 1} : Interval{-1, 1};
}

Interval factor_support(std::int64_t i, std::int64_t size) {
  const std::int64_t row = i % size;
  const std::int64_t column = i / size;
  if (column > row) return {0, 0};
  if (column < row) return {-1, 1};
  return row == 0 ? Interval{1, 1} : Interval{0, 1};
}

/// log of the integral of det(Omega)^(eta - 1) over all correlation matrices: Lewandowski, Kurowicka and Joe (2009),
/// equation 16.
double log_lkj_constant(double eta, std::int64_t size) {
  constexpr double kLog2 = 0.69314718055994530942;
  double sum = 0;
  for (std::int64_t k = 1; k < size; ++k) {
    const auto pairs = static_cast<double>(size - k);
    const double shape = eta + 0.5 * (pairs - 1);
    sum += pairs * ((2 * (eta - 1) + pairs) * kLog2 + log_beta(shape, shape));
  }
  return sum;
}

/// The Cholesky factor row by row from independent canonical partial correlations (the C-vine of Lewandowski, Kurowicka
/// and Joe 2009, section 2.4): that of column k (from 1) is 2 B - 1 with B ~ beta(b, b), b = eta + (K - 1 - k) / 2.
void draw_factor(rng& random, double eta, std::int64_t size, double* l) {
  std::fill_n(l, size * size, 0.0);
  for (std::int64_t i = 0; i < size; ++i) {
    double rest = 1;  // of the row's unit length
    for (std::int64_t k = 0; k < i; ++k) {
      const double shape = eta + 0.5 * static_cast<double>(size - 2 - k);
      const double b = beta(random, shape, shape);
      l[i + k * size] = (2 * b - 1) * std::sqrt(rest);
      rest *= 4 * b * (1 - b);
    }
    l[i + i * size] = std::sqrt(rest);
  }
}

/// False where `l` is no lower triangle with rows of length one and a positive diagonal.
bool is_correlation_factor(const double* l, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) {
    double length = 0;
    for (std::int64_t k = 0; k < size; ++k) {
      if (k > i && l[i + k * size] != 0) return false;
      length += l[i + k * size] * l[i + k * size];
    }
    if (!(l[i + i * size] > 0 && std::fabs(length - 1) <= kRounding)) return false;
  }
  return true;
}

/// Into `l` the Cholesky factor; false where `x` is no correlation matrix.
bool factor_correlation(const double* x, std::int64_t size, std::vector<double>& l) {
  for (std::int64_t k = 0; k < size; ++k) {
    if (!(std::fabs(x[k + k * size] - 1) <= kRounding)) return false;
  }
  l.resize(static_cast<std::size_t>(size * size));
  return is_symmetric(x, size) && cholesky(x, size, l.data());
}

VectorDistribution lkj_corr_distribution() {
  VectorDistribution d{};
  d.name = "lkj_corr";
  d.arguments = {"eta"};
  d.argument_sizes = {Size::kNumber};
  d.value = Size::kMatrix;
  d.shape = "correlation";
  d.check = check_eta;
  d.support = correlation_support;
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    check_eta(a, size);
    std::vector<double> l(static_cast<std::size_t>(size * size));
    draw_factor(random, a[0][0], size, l.data());
    times_transpose(l.data(), size, x);
    for (std::int64_t k = 0; k < size; ++k) x[k + k * size] = 1;
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    check_eta(a, size);
    std::vector<double> l;
    if (!factor_correlation(x, size, l)) return -kInfinity;
    return (a[0][0] - 1) * log_determinant(l.data(), size) - log_lkj_constant(a[0][0], size);
  };
  return d;
}

VectorDistribution lkj_corr_cholesky_distribution() {
  VectorDistribution d{};
  d.name = "lkj_corr_cholesky";
  d.arguments = {"eta"};
  d.argument_sizes = {Size::kNumber};
  d.value = Size::kMatrix;
  d.shape = "cholesky_corr";
  d.check = check_eta;
  d.support = factor_support;
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    check_eta(a, size);
    draw_factor(random, a[0][0], size, x);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    check_eta(a, size);
    if (!is_correlation_factor(x, size)) return -kInfinity;
    double sum = -log_lkj_constant(a[0][0], size);
    for (std::int64_t k = 1; k < size; ++k) {  // with the Jacobian of Omega = L L', l[k, k]^(K - 1 - k) counted from 0
      sum += (static_cast<double>(size - 1 - k) + 2 * (a[0][0] - 1)) * std::log(x[k + k * size]);
    }
    return sum;
  };
  return d;
}

}  // namespace

std::vector<VectorDistribution> correlation_distributions() {
  return {lkj_corr_distribution(), lkj_corr_cholesky_distribution()};
}

}  // namespace amortflow
