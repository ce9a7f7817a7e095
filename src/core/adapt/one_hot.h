#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// In place of a column as many columns as it has levels: 1 where the value is the level, else 0. A value that is no
/// level becomes NaN in all of them. `inverse` gives the level with the largest number. For data and context: a code
/// has no log-Jacobian and no gradient.
class OneHot final : public AdapterStep {
 public:
  /// Keys: kind, columns (those coded, counted from 1, increasing), count (levels of each), levels (those of each,
  /// one after the other), width (number of columns before).
  explicit OneHot(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] std::int64_t added_columns() const override { return coded_width() - width_; }
  [[nodiscard]] Spec to_spec() const override;

 private:
  void read_levels(const std::vector<double>& count, const std::vector<double>& levels);
  [[nodiscard]] std::int64_t coded_width() const;

  std::vector<double> columns_;
  std::int64_t width_;
  std::vector<std::vector<double>> levels_;  ///< of every column; none where it passes as it is
};

}  // namespace amortflow
