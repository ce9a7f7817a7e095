#pragma once

#include "adapt/shape_step.h"

namespace amortflow {

/// A simplex of K numbers by breaking a stick: y[k] = log(x[k] / (x[k + 1] + ... + x[K])) + log(K - k), k < K, which is
/// 0 for equal shares. Densities are with respect to the first K - 1 elements.
class Simplex final : public ShapeStep {
 public:
  explicit Simplex(const Spec& spec);

 private:
  double to_free(const double* x, double* y) const override;
  void from_free(const double* y, double* x) const override;
  void pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const override;
};

}  // namespace amortflow
