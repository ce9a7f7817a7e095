#pragma once

#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// sign(x) log(1 + |x| / scale) in the columns whose scale is positive; columns of scale 0 pass as they are. For
/// non-negative columns with a heavy tail; the odd extension keeps unforeseen negative values finite.
class Log1p final : public AdapterStep {
 public:
  /// Keys: kind, scale (one number per column, >= 0).
  explicit Log1p(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> scale_;
};

/// asinh((x - center) / scale) in the columns whose scale is positive; columns of scale 0 pass as they are. For
/// columns with two heavy tails.
class Asinh final : public AdapterStep {
 public:
  /// Keys: kind, center, scale (one number per column, scale >= 0).
  explicit Asinh(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> center_;
  std::vector<double> scale_;
};

}  // namespace amortflow
