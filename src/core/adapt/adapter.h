#pragma once

#include "adapt/steps.h"
#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// Between the user's scale and the networks' scale: steps for the parameters and steps for the rows of data, applied
/// in order by `forward_*` and backwards by `inverse_*`. All numbers were learned before (`fit_adapter`). Const after
/// construction, so threads may share one.
class Adapter final {
 public:
  /// `spec`: list(kind = "adapter", parameters = <steps>, data = <steps>). Throws ConfigError for unknown keys.
  explicit Adapter(const Spec& spec);

  /// User's scale [n, d] to networks' scale, in place; adds each row's log-Jacobian to `log_det`, which may be null.
  void forward_parameters(Matrix<double>& parameters, double* log_det) const;
  /// Networks' scale [n, d] to user's scale, in place; never leaves the open support.
  void inverse_parameters(Matrix<double>& z) const;
  /// `gradient` holds d f / d z at z = forward(parameters) and becomes d (f + log_det_weight * log_det) / d parameters.
  void pull_back_parameters(const Matrix<double>& parameters, Matrix<double>& gradient, double log_det_weight) const;

  /// Rows of data [positions, variables] from the user's scale to the networks', in place.
  void forward_data(Matrix<double>& values) const;
  void inverse_data(Matrix<double>& values) const;

  /// Round trip of the constructor's argument.
  [[nodiscard]] Spec to_spec() const;

 private:
  AdapterSteps parameters_;
  AdapterSteps data_;
};

}  // namespace amortflow
