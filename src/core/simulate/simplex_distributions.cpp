#include <algorithm>
#include <cmath>
#include <limits>

#include "amortflow/distributions.hpp"
#include "base/errors.h"
#include "simulate/distribution_families.h"
#include "simulate/vector_distributions.h"

namespace amortflow {

namespace {

using Size = VectorDistribution::Size;

bool is_simplex(const double* x, std::int64_t size) {
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    if (!(x[i] >= 0)) return false;
    sum += x[i];
  }
  return std::fabs(sum - 1) <= kRounding;
}

void check_alpha(const double* const* a, std::int64_t size) {
  for (std::int64_t i = 0; i < size; ++i) {
    if (!all_positive<1>(a[0] + i)) throw NumericError("`alpha` must be positive");
  }
}

/// Gamma variables over their sum, on the log scale because those of small shape underflow.
void draw_dirichlet(rng& random, const double* const* a, std::int64_t size, double* x) {
  check_alpha(a, size);
  for (std::int64_t i = 0; i < size; ++i) x[i] = detail::log_standard_gamma(random, a[0][i]);
  const double largest = *std::max_element(x, x + size);
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += x[i] = std::exp(x[i] - largest);
  for (std::int64_t i = 0; i < size; ++i) x[i] = std::max(x[i] / sum, std::numeric_limits<double>::min());
}

double dirichlet_log_density(const double* x, const double* const* a, std::int64_t size) {
  check_alpha(a, size);
  if (!is_simplex(x, size)) return -kInfinity;
  double total = 0;
  double sum = 0;
  for (std::int64_t i = 0; i < size; ++i) {
    total += a[0][i];
    sum += power_term(a[0][i], std::log(x[i])) - log_gamma(a[0][i]);
  }
  return sum + log_gamma(total);
}

VectorDistribution dirichlet_distribution() {
  VectorDistribution d{};
  d.name = "dirichlet";
  d.arguments = {"alpha"};
  d.argument_sizes = {Size::kVector};
  d.value = Size::kVector;
  d.shape = "simplex";
  d.check = check_alpha;
  d.support = [](std::int64_t, std::int64_t) { return Interval{0, 1}; };
  d.draw = draw_dirichlet;
  d.log_density = dirichlet_log_density;
  return d;
}

void check_theta(const double* const* a, std::int64_t size) {
  if (!is_simplex(a[0], size)) throw NumericError("`theta` must hold probabilities that sum to 1");
}

// One of 1, ..., K with probabilities theta.
VectorDistribution categorical_distribution() {
  VectorDistribution d{};
  d.name = "categorical";
  d.arguments = {"theta"};
  d.argument_sizes = {Size::kVector};
  d.value = Size::kNumber;
  d.discrete = true;
  d.check = check_theta;
  d.support = [](std::int64_t, std::int64_t size) { return Interval{1, static_cast<double>(size)}; };
  d.draw = [](rng& random, const double* const* a, std::int64_t size, double* x) {
    check_theta(a, size);
    double u = random.uniform();
    std::int64_t k = 0;
    while (k < size - 1 && u >= a[0][k]) u -= a[0][k++];
    while (a[0][k] <= 0) --k;  // rounding went past the last that can be
    *x = static_cast<double>(k + 1);
  };
  d.log_density = [](const double* x, const double* const* a, std::int64_t size) {
    check_theta(a, size);
    const bool inside = *x >= 1 && *x <= static_cast<double>(size) && *x == std::floor(*x);
    return inside ? std::log(a[0][static_cast<std::int64_t>(*x) - 1]) : -kInfinity;
  };
  return d;
}

}  // namespace

std::vector<VectorDistribution> simplex_distributions() {
  return {dirichlet_distribution(), categorical_distribution()};
}

}  // namespace amortflow
