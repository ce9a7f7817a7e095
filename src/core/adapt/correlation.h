#pragma once

#include "adapt/shape_step.h"

namespace amortflow {

/// A K x K correlation matrix (first index fastest) by the inverse hyperbolic tangents of its canonical partial
/// correlations, K (K - 1) / 2 numbers in the order of the strict lower triangle: Lewandowski, Kurowicka and Joe
/// (2009). Densities are with respect to the strict lower triangle. `inverse` gives an exact 1 on the diagonal.
class Correlation final : public ShapeStep {
 public:
  explicit Correlation(const Spec& spec);

 private:
  double to_free(const double* x, double* y) const override;
  void from_free(const double* y, double* x) const override;
  void pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const override;
};

/// The same for the lower triangular Cholesky factor of a correlation matrix; densities are with respect to its strict
/// lower triangle.
class CholeskyCorrelation final : public ShapeStep {
 public:
  explicit CholeskyCorrelation(const Spec& spec);

 private:
  double to_free(const double* x, double* y) const override;
  void from_free(const double* y, double* x) const override;
  void pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const override;
};

}  // namespace amortflow
