#pragma once

#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// Parameters given numbers c that are known beside them, theta = intercept + coefficients c + residual, and W residual
/// = u with lower triangular W: what networks learn the density of instead of theta (regression adjustment: Beaumont,
/// Zhang and Balding, 2002, eq. 3). Where a linear model holds, u is standard normal whatever c is, and nothing is left
/// to learn. The default leaves theta as it is.
class LinearRegression final {
 public:
  LinearRegression() = default;
  /// List of `intercept` (d numbers), `coefficients` (d x columns, first index fastest) and `whitening` W (d x d,
  /// likewise). Throws ConfigError where they do not fit each other.
  LinearRegression(const Spec& spec, std::int64_t dimension, std::int64_t columns);

  [[nodiscard]] bool empty() const { return intercept_.empty(); }
  /// theta [d] becomes u, given c [columns].
  void to_residual(const float* c, float* theta) const;
  /// The inverse.
  void from_residual(const float* c, float* u) const;
  /// Adds d f / d c to `by_c` [columns], given d f / d u.
  void pull_back(const float* by_u, double* by_c) const;
  /// log |du / dtheta|, the same everywhere.
  [[nodiscard]] double log_det() const;

 private:
  [[nodiscard]] double fitted(std::int64_t i, const float* c) const;
  [[nodiscard]] double whitening(std::int64_t i, std::int64_t j) const {
    return whitening_[static_cast<std::size_t>(i + j * dimension_)];
  }

  std::int64_t dimension_ = 0;
  std::int64_t columns_ = 0;
  std::vector<double> intercept_;
  std::vector<double> coefficients_;
  std::vector<double> whitening_;
};

}  // namespace amortflow
