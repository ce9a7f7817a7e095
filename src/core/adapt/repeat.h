#pragma once

#include <cstdint>

#include "adapt/step.h"

namespace amortflow {

/// All columns twice: [x, x]. What follows may take the copies different ways. `inverse` keeps the first copy. Has no
/// log-Jacobian: it is for targets of predictions, not for densities.
class Repeat final : public AdapterStep {
 public:
  /// Keys: kind, width (number of columns before).
  explicit Repeat(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] std::int64_t added_columns() const override { return width_; }
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::int64_t width_;
};

}  // namespace amortflow
