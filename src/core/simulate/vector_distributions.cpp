#include "simulate/vector_distributions.h"

#include <algorithm>
#include <cmath>

#include "base/cholesky.h"
#include "base/errors.h"

namespace amortflow {

namespace {

std::vector<VectorDistribution> all_vector_distributions() {
  std::vector<VectorDistribution> all;
  for (const auto& family :
       {multi_normal_distributions(), simplex_distributions(), correlation_distributions(), wishart_distributions()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  std::sort(all.begin(), all.end(),
            [](const VectorDistribution& x, const VectorDistribution& y) { return std::string(x.name) < y.name; });
  return all;
}

}  // namespace

const std::vector<VectorDistribution>& vector_distributions() {
  static const std::vector<VectorDistribution> all = all_vector_distributions();
  return all;
}

const VectorDistribution* find_vector_distribution(const std::string& name) {
  for (const auto& distribution : vector_distributions()) {
    if (distribution.name == name) return &distribution;
  }
  return nullptr;
}

bool is_symmetric(const double* a, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = j + 1; i < size; ++i) {
      const double x = a[i + j * size];
      const double y = a[j + i * size];
      if (!(std::fabs(x - y) <= kRounding * std::max({1.0, std::fabs(x), std::fabs(y)}))) return false;
    }
  }
  return true;
}

std::vector<double> checked_cholesky(const double* a, std::int64_t size, const char* name) {
  std::vector<double> l(static_cast<std::size_t>(size * size));
  if (!is_symmetric(a, size)) throw NumericError("`" + std::string(name) + "` must be symmetric");
  if (!cholesky(a, size, l.data())) throw NumericError("`" + std::string(name) + "` must be positive definite");
  return l;
}

}  // namespace amortflow
