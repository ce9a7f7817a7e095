#pragma once

#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// (x - mean) / sd, column by column.
class Standardize final : public AdapterStep {
 public:
  /// Keys: kind, mean, sd (one number per column, sd > 0).
  explicit Standardize(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> mean_;
  std::vector<double> sd_;
  double log_det_ = 0;
};

}  // namespace amortflow
