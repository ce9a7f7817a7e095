#pragma once

#include "adapt/shape_step.h"

namespace amortflow {

/// A vector in increasing order: its first element and the logarithms of the distances between neighbours.
class Ordered final : public ShapeStep {
 public:
  explicit Ordered(const Spec& spec);

 private:
  double to_free(const double* x, double* y) const override;
  void from_free(const double* y, double* x) const override;
  void pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const override;
};

}  // namespace amortflow
