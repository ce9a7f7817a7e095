#pragma once

#include <vector>

#include "estimators/conditioner.h"
#include "estimators/linear_regression.h"

namespace amortflow {

/// What the networks of a posterior learn the density of: the parameters, or their residuals in a regression on the
/// plain columns of the condition. The conditioner must outlive it.
class ResidualTargets final {
 public:
  ResidualTargets(const Spec& regression, std::int64_t parameter_count, const Conditioner& conditioner);

  /// `parameters` of data sets become residuals.
  void to_residuals(const Batch& data, Matrix<float>& parameters) const;
  /// Likewise for rows of which the condition is known, and back.
  void to_residuals(const Panel& condition, const Panel& parameters) const;
  void from_residuals(const Panel& condition, const Panel& residuals) const;
  [[nodiscard]] bool has_regression() const { return !regression_.empty(); }
  /// Adds to the condition's gradient what comes by way of the residuals, given theirs.
  void pull_back(const Panel& residual_gradient, const Panel& condition_gradient) const;
  /// log |d residual / d parameters|.
  [[nodiscard]] double log_det() const { return regression_.log_det(); }

 private:
  const float* plain_row(const Panel& condition, std::int64_t i, std::vector<float>& plain) const;

  const Conditioner& conditioner_;
  LinearRegression regression_;
};

}  // namespace amortflow
