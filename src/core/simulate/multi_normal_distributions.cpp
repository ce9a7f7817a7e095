#include <cmath>

#include "amortflow/distributions.hpp"
#include "base/cholesky.h"
#include "base/errors.h"
#include "simulate/distribution_families.h"
#include "simulate/vector_distributions.h"

namespace amortflow {

namespace {

using Size = VectorDistribution::Size;
using Numbers = std::vector<double>;

Interval free_element(std::int64_t, std::int64_t) { return {-kInfinity, kInfinity}; }

void check_location(const double* mu, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) {
    if (!std::isfinite(mu[i])) throw NumericError("`mu` must be finite");
  }
}

/// x = mu + scale L z.
void draw_from(rng& random, const double* mu, const double* l, double scale, std::int64_t size, double* x) {
  Numbers z(static_cast<std::size_t>(size));
  for (auto& value : z) value = random.normal();
  for (std::int64_t i = 0; i < size; ++i) {
    double sum = 0;
    for (std::int64_t k = 0; k <= i; ++k) sum += l[i + k * size] * z[static_cast<std::size_t>(k)];
    x[i] = mu[i] + scale * sum;
  }
}

/// Squared length of L^-1 (x - mu).
double squared_distance(const double* x, const double* mu, const double* l, std::int64_t size) {
  Numbers z(x, x + size);
  for (std::int64_t i = 0; i < size; ++i) z[static_cast<std::size_t>(i)] -= mu[i];
  solve_lower(l, size, z.data());
  double sum = 0;
  for (const double value : z) sum += value * value;
  return sum;
}

double normal_density(const double* x, const double* mu, const double* l, std::int64_t size) {
  return -0.5 * squared_distance(x, mu, l, size) - 0.5 * log_determinant(l, size) -
         static_cast<double>(size) * kLogSqrt2Pi;
}

/// `l` where it is lower triangular with a positive diagonal.
const double* checked_factor(const double* l, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = 0; i < size; ++i) {
      const double value = l[i + j * size];
      const bool fine = i < j ? value == 0 : i == j ? value > 0 : true;
      if (!fine || !std::isfinite(value)) {
        throw NumericError("`L` must be lower triangular with a positive diagonal");
      }
    }
  }
  return l;
}

VectorDistribution multi_normal_distribution() {
  VectorDistribution d{};
  d.name = "multi_normal";
  d.arguments = {"mu", "Sigma"};
  d.argument_sizes = {Size::kVector, Size::kMatrix};
  d.value = Size::kVector;
  d.check = [](const double* const* a, std::int64_t size) {
    check_location(a[0], size);
    static_cast<void>(checked_cholesky(a[1], size, "Sigma"));
  };
  d.support = free_element;
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    draw_from(random, a[0], checked_cholesky(a[1], size, "Sigma").data(), 1, size, x);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    return normal_density(x, a[0], checked_cholesky(a[1], size, "Sigma").data(), size);
  };
  return d;
}

VectorDistribution multi_normal_cholesky_distribution() {
  VectorDistribution d{};
  d.name = "multi_normal_cholesky";
  d.arguments = {"mu", "L"};
  d.argument_sizes = {Size::kVector, Size::kMatrix};
  d.value = Size::kVector;
  d.check = [](const double* const* a, std::int64_t size) {
    check_location(a[0], size);
    static_cast<void>(checked_factor(a[1], size));
  };
  d.support = free_element;
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    draw_from(random, a[0], checked_factor(a[1], size), 1, size, x);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    return normal_density(x, a[0], checked_factor(a[1], size), size);
  };
  return d;
}

VectorDistribution multi_student_t_distribution() {
  VectorDistribution d{};
  d.name = "multi_student_t";
  d.arguments = {"nu", "mu", "Sigma"};
  d.argument_sizes = {Size::kNumber, Size::kVector, Size::kMatrix};
  d.value = Size::kVector;
  d.check = [](const double* const* a, std::int64_t size) {
    if (!all_positive<1>(a[0])) throw NumericError("`nu` (the degrees of freedom) must be positive");
    check_location(a[1], size);
    static_cast<void>(checked_cholesky(a[2], size, "Sigma"));
  };
  d.support = free_element;
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    const double nu = a[0][0];
    const double log_half_chi_square = detail::log_standard_gamma(random, nu / 2);
    const double scale = std::exp(0.5 * (std::log(nu / 2) - log_half_chi_square));
    draw_from(random, a[1], checked_cholesky(a[2], size, "Sigma").data(), scale, size, x);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    const double nu = a[0][0];
    const Numbers l = checked_cholesky(a[2], size, "Sigma");
    const auto k = static_cast<double>(size);
    return log_gamma((nu + k) / 2) - log_gamma(nu / 2) - 0.5 * k * (std::log(nu) + kLogPi) -
           0.5 * log_determinant(l.data(), size) -
           0.5 * (nu + k) * std::log1p(squared_distance(x, a[1], l.data(), size) / nu);
  };
  return d;
}

}  // namespace

std::vector<VectorDistribution> multi_normal_distributions() {
  return {multi_normal_distribution(), multi_normal_cholesky_distribution(), multi_student_t_distribution()};
}

}  // namespace amortflow
