#pragma once

#include <cstdint>
#include <memory>

#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// One transform of the columns of a matrix, between the user's scale and the networks' scale; it may change their
/// number. A step is immutable: its numbers are in its spec.
class AdapterStep {
 public:
  virtual ~AdapterStep() = default;

  /// Towards the networks, in place. Adds log |d out / d in| of row i to log_det[i]; `log_det` may be null.
  virtual void forward(Matrix<double>& rows, double* log_det) const = 0;
  /// Towards the user, in place.
  virtual void inverse(Matrix<double>& rows) const = 0;
  /// Vector-Jacobian product of `forward` at `input`: `gradient` holds d f / d out on entry and, on return,
  /// d (f + log_det_weight * log_det) / d in. With weight 1 this is the gradient of a log density that includes the
  /// step's log-Jacobian.
  virtual void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const = 0;
  /// How many columns `forward` adds; negative where it takes some away.
  [[nodiscard]] virtual std::int64_t added_columns() const { return 0; }
  /// What `make_adapter_step` makes this step of.
  [[nodiscard]] virtual Spec to_spec() const = 0;
};

/// Makes a step of its spec, which has a `kind` of the table in step.cpp. Throws ConfigError for another kind, unknown
/// keys and numbers that cannot be.
[[nodiscard]] std::unique_ptr<AdapterStep> make_adapter_step(const Spec& spec);

/// Throws ShapeError unless `rows` has `columns` columns.
void check_columns(const Matrix<double>& rows, std::int64_t columns, const char* step);

}  // namespace amortflow
