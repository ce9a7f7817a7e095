#pragma once

#include <cstddef>
#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// sqrt(x) in the columns that are used; the others pass as they are. Defined for x >= 0: NaN below, with a
/// log-Jacobian of -Inf there and at 0's limit of +Inf. `inverse` squares, also numbers below 0.
class SquareRoot final : public AdapterStep {
 public:
  /// Keys: kind, use (1 or 0 per column).
  explicit SquareRoot(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> use_;
  std::vector<std::size_t> places_;
};

}  // namespace amortflow
