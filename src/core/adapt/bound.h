#pragma once

#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// Holds draws inside the open support (lower, upper) where later steps map onto it only up to rounding. `forward`
/// leaves values as they are, with a log-Jacobian of -Inf outside [lower, upper]; `inverse` moves numbers at or beyond
/// a bound to the next double inside.
class Bound final : public AdapterStep {
 public:
  /// Keys: kind, lower, upper (one number per column, -Inf and Inf where free).
  explicit Bound(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> lower_;
  std::vector<double> upper_;
};

}  // namespace amortflow
