#pragma once

#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// Distance from a bound at zero within which a value counts as lying on it; `forward` moves such values to this
/// distance, so that they stay finite. At other bounds half the spacing of doubles takes its place.
constexpr double kBoundaryDistance = 1e-60;

/// Maps the open support (lower, upper) of each column onto the real line by an increasing function:
/// log(x - lower), -log(upper - x), logit((x - lower) / (upper - lower)), or x itself where neither bound is finite.
/// Values outside [lower, upper] are taken for the bound, with a log-Jacobian of -Inf: their density is zero.
/// `inverse` of any number lies strictly inside the support, also after rounding; NaN stays NaN.
class Constrain final : public AdapterStep {
 public:
  /// Keys: kind, lower, upper (one number per column, -Inf and Inf where free).
  explicit Constrain(const Spec& spec);

  void forward(Matrix<double>& rows, double* log_det) const override;
  void inverse(Matrix<double>& rows) const override;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const override;
  [[nodiscard]] Spec to_spec() const override;

 private:
  struct Column {
    double lower;
    double upper;
    bool has_lower;
    bool has_upper;
    double least_below;      ///< smallest distance from `lower` that `forward` takes
    double least_above;      ///< and from `upper`
    double innermost_lower;  ///< smallest and largest numbers that `inverse` gives
    double innermost_upper;
  };
  static Column make_column(double lower, double upper);
  static double from_below(const Column& column, double x);
  static double to_above(const Column& column, double x);
  static double inverse_of(const Column& column, double z);

  std::vector<Column> columns_;
};

}  // namespace amortflow
