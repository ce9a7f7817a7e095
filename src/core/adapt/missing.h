#pragma once

#include <cstddef>
#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// Missing values (NaN) of the columns that are used become `fill`, and after each such column stands a new one that is
/// 1 where the value was missing, else 0. Infinite values pass as they are. `inverse` gives the NaN back. For data and
/// context: there is no log-Jacobian.
class Missing final : public AdapterStep {
 public:
  /// Keys: kind, use (1 or 0 per column), fill (one number per column, finite).
  explicit Missing(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] std::int64_t added_columns() const override { return static_cast<std::int64_t>(masks_); }
  [[nodiscard]] Spec to_spec() const override;

 private:
  [[nodiscard]] std::int64_t width() const { return static_cast<std::int64_t>(use_.size()); }
  [[nodiscard]] std::int64_t masked_width() const { return width() + static_cast<std::int64_t>(masks_); }

  std::vector<double> use_;
  std::vector<double> fill_;
  std::size_t masks_ = 0;
};

}  // namespace amortflow
