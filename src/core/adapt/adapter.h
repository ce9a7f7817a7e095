#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "adapt/step.h"
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

  /// Numbers on the networks' scale where the user's scale has `parameter_count`, and the other way round: parameters
  /// whose elements hang together, such as a simplex, have fewer free numbers than elements.
  [[nodiscard]] std::int64_t free_count(std::int64_t parameter_count) const;
  [[nodiscard]] std::int64_t parameter_count(std::int64_t free_count) const;

  /// User's scale [n, d] to networks' scale [n, free_count(d)], in place; adds each row's log-Jacobian to `log_det`,
  /// which may be null.
  void forward_parameters(Matrix<double>& parameters, double* log_det) const;
  /// Networks' scale [n, free_count(d)] to user's scale [n, d], in place; never leaves the open support.
  void inverse_parameters(Matrix<double>& z) const;
  /// `gradient` holds d f / d z at z = forward(parameters) and becomes d (f + log_det_weight * log_det) / d parameters.
  void pull_back_parameters(const Matrix<double>& parameters, Matrix<double>& gradient, double log_det_weight) const;

  /// Rows of data [positions, variables] from the user's scale to the networks', in place.
  void forward_data(Matrix<double>& values) const;
  void inverse_data(Matrix<double>& values) const;

  /// Round trip of the constructor's argument.
  [[nodiscard]] Spec to_spec() const;

 private:
  using Steps = std::vector<std::unique_ptr<AdapterStep>>;
  static Steps make_steps(const Spec& spec, const char* what);

  Steps parameters_;
  Steps data_;
};

}  // namespace amortflow
