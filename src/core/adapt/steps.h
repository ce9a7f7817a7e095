#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "adapt/step.h"
#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// The steps of one block (parameters, an observable or context), in order from the user to the networks. Const after
/// construction, so threads may share them.
class AdapterSteps final {
 public:
  AdapterSteps() = default;
  /// `spec`: a list of specs of `make_adapter_step`. Throws ConfigError.
  explicit AdapterSteps(const Spec& spec);

  /// As those of a step, over all steps.
  void forward(Matrix<double>& rows, double* log_det) const;
  void inverse(Matrix<double>& rows) const;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const;
  [[nodiscard]] std::int64_t added_columns() const;
  [[nodiscard]] Spec to_spec() const;

 private:
  std::vector<std::unique_ptr<AdapterStep>> steps_;
};

}  // namespace amortflow
