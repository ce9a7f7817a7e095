#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// Keeps some columns, in the order given. `inverse` puts them back where they were; what was left out is NaN. Has no
/// log-Jacobian: a posterior about some of the parameters has this step in training alone.
class Select final : public AdapterStep {
 public:
  /// Keys: kind, columns (those kept, counted from 1), width (number of columns before).
  explicit Select(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] std::int64_t added_columns() const override {
    return static_cast<std::int64_t>(places_.size()) - width_;
  }
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> columns_;
  std::int64_t width_;
  std::vector<std::size_t> places_;
};

}  // namespace amortflow
