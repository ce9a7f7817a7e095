#pragma once

#include "adapt/shape_step.h"

namespace amortflow {

/// A K x K covariance matrix (first index fastest) by its Cholesky factor L: K (K + 1) / 2 numbers in the order of the
/// lower triangle, log L[i, i] on the diagonal and L[i, j] below. Densities are with respect to the lower triangle.
class Covariance final : public ShapeStep {
 public:
  explicit Covariance(const Spec& spec);

 private:
  double to_free(const double* x, double* y) const override;
  void from_free(const double* y, double* x) const override;
  void pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const override;
};

}  // namespace amortflow
