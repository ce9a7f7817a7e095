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
using Numbers = std::vector<double>;

/// Arguments nu, S: the Cholesky factor of S.
Numbers scale_factor(const double* const* a, std::int64_t size) {
  if (!(a[0][0] > static_cast<double>(size - 1) && std::isfinite(a[0][0]))) {
    throw NumericError("`nu` (the degrees of freedom) must be greater than " + std::to_string(size - 1));
  }
  return checked_cholesky(a[1], size, "S");
}

void check_wishart(const double* const* a, std::int64_t size) { static_cast<void>(scale_factor(a, size)); }

Interval covariance_support(std::int64_t i, std::int64_t size) {
  return {i / size == i % size ? 0 : -kInfinity, kInfinity};
}

/// Lower triangular A with A A' ~ wishart(nu, identity). Bartlett (1933).
Numbers draw_bartlett(rng& random, double nu, std::int64_t size) {
  Numbers factor(static_cast<std::size_t>(size * size));
  for (std::int64_t j = 0; j < size; ++j) {
    const double half_chi_square = gamma(random, 0.5 * (nu - static_cast<double>(j)));
    factor[static_cast<std::size_t>(j + j * size)] = std::sqrt(2 * half_chi_square);
    for (std::int64_t i = j + 1; i < size; ++i) factor[static_cast<std::size_t>(i + j * size)] = random.normal();
  }
  return factor;
}

/// m m' for any square m, exactly symmetric.
void square_of(const Numbers& m, std::int64_t size, double* out) {
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = j; i < size; ++i) {
      double sum = 0;
      for (std::int64_t k = 0; k < size; ++k) {
        sum += m[static_cast<std::size_t>(i + k * size)] * m[static_cast<std::size_t>(j + k * size)];
      }
      out[i + j * size] = sum;
      out[j + i * size] = sum;
    }
  }
}

/// trace((L L')^-1 M M') for lower triangular L and M: the squared length of L^-1 M.
double trace_of_ratio(const Numbers& l, Numbers m, std::int64_t size) {
  double sum = 0;
  for (std::int64_t j = 0; j < size; ++j) {
    double* column = m.data() + j * size;
    solve_lower(l.data(), size, column);
    for (std::int64_t i = 0; i < size; ++i) sum += column[i] * column[i];
  }
  return sum;
}

double log_constant(double nu, std::int64_t size) {
  constexpr double kLog2 = 0.69314718055994530942;
  return 0.5 * nu * static_cast<double>(size) * kLog2 + log_multivariate_gamma(0.5 * nu, size);
}

VectorDistribution wishart_distribution() {
  VectorDistribution d{};
  d.name = "wishart";
  d.arguments = {"nu", "S"};
  d.argument_sizes = {Size::kNumber, Size::kMatrix};
  d.value = Size::kMatrix;
  d.shape = "covariance";
  d.check = check_wishart;
  d.support = covariance_support;
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    const Numbers l = scale_factor(a, size);
    const Numbers factor = draw_bartlett(random, a[0][0], size);
    Numbers product(factor.size());
    for (std::int64_t j = 0; j < size; ++j) {
      for (std::int64_t i = j; i < size; ++i) {
        double sum = 0;
        for (std::int64_t k = j; k <= i; ++k) {
          sum += l[static_cast<std::size_t>(i + k * size)] * factor[static_cast<std::size_t>(k + j * size)];
        }
        product[static_cast<std::size_t>(i + j * size)] = sum;
      }
    }
    square_of(product, size, x);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    const Numbers l = scale_factor(a, size);
    Numbers of_x(l.size());
    if (!is_symmetric(x, size) || !cholesky(x, size, of_x.data())) return -kInfinity;
    const double nu = a[0][0];
    return 0.5 * (nu - static_cast<double>(size) - 1) * log_determinant(of_x.data(), size) -
           0.5 * trace_of_ratio(l, of_x, size) - 0.5 * nu * log_determinant(l.data(), size) - log_constant(nu, size);
  };
  return d;
}

VectorDistribution inv_wishart_distribution() {
  VectorDistribution d{};
  d.name = "inv_wishart";
  d.arguments = {"nu", "S"};
  d.argument_sizes = {Size::kNumber, Size::kMatrix};
  d.value = Size::kMatrix;
  d.shape = "covariance";
  d.check = check_wishart;
  d.support = covariance_support;
  // The inverse of a wishart(nu, S^-1), L^-T A A' L^-1 with S = L L', is M M' with M' = A^-1 L'.
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    const Numbers l = scale_factor(a, size);
    const Numbers factor = draw_bartlett(random, a[0][0], size);
    Numbers m(l.size());
    Numbers column(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
      for (std::int64_t k = 0; k < size; ++k) {
        column[static_cast<std::size_t>(k)] = l[static_cast<std::size_t>(i + k * size)];
      }
      solve_lower(factor.data(), size, column.data());
      for (std::int64_t k = 0; k < size; ++k) {
        m[static_cast<std::size_t>(i + k * size)] = column[static_cast<std::size_t>(k)];
      }
    }
    square_of(m, size, x);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    const Numbers l = scale_factor(a, size);
    Numbers of_x(l.size());
    if (!is_symmetric(x, size) || !cholesky(x, size, of_x.data())) return -kInfinity;
    const double nu = a[0][0];
    return 0.5 * nu * log_determinant(l.data(), size) -
           0.5 * (nu + static_cast<double>(size) + 1) * log_determinant(of_x.data(), size) -
           0.5 * trace_of_ratio(of_x, l, size) - log_constant(nu, size);
  };
  return d;
}

}  // namespace

std::vector<VectorDistribution> wishart_distributions() { return {wishart_distribution(), inv_wishart_distribution()}; }

}  // namespace amortflow
