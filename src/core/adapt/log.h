#pragma once

#include <cstddef>
#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// log(x + offset) in the columns that are used; the others pass as they are. Defined for x > -offset: -Inf at the
/// bound and NaN beyond, with a log-Jacobian of -Inf. `inverse` of any finite number lies above -offset and is finite.
class Log final : public AdapterStep {
 public:
  /// Keys: kind, use (1 or 0 per column), offset (one number per column, finite).
  explicit Log(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  std::vector<double> use_;
  std::vector<double> offset_;
  std::vector<std::size_t> places_;
  std::vector<double> innermost_;  ///< of each used column: the least number that `inverse` gives
};

}  // namespace amortflow
