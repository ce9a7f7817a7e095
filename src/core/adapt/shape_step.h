#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapt/step.h"

namespace amortflow {

/// A step that replaces the columns of one parameter, whose elements hang together, by free coordinates, which are
/// fewer and take the place of the parameter's first columns. Other columns stay as they are.
///
/// Log-Jacobians and gradients are with respect to the elements that determine the others, which `forward` takes for
/// functions of these (each class names them). `pull_back` gives 0 in the columns of the others.
class ShapeStep : public AdapterStep {
 public:
  void forward(Matrix<double>& rows, double* log_det) const final;
  void inverse(Matrix<double>& rows) const final;
  void pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const final;
  [[nodiscard]] std::int64_t added_columns() const final { return free_count_ - count_; }
  [[nodiscard]] Spec to_spec() const final;

 protected:
  /// Keys: kind, columns (consecutive, from 1), dim (length of the vector, or rows of the square matrix).
  ShapeStep(const Spec& spec, const char* kind);
  /// Throws ConfigError unless there are `count` columns; sets how many numbers are free.
  void set_sizes(std::int64_t count, std::int64_t free_count);
  [[nodiscard]] std::int64_t dim() const { return dim_; }

  /// Free coordinates of one value; returns the log-Jacobian, -Inf where `x` is none. Always finite.
  virtual double to_free(const double* x, double* y) const = 0;
  virtual void from_free(const double* y, double* x) const = 0;
  /// Adds to `x_gradient`, which is 0 on entry.
  virtual void pull_back_one(const double* x,
                             const double* y_gradient,
                             double log_det_weight,
                             double* x_gradient) const = 0;

 private:
  std::string kind_;
  std::int64_t first_ = 0;
  std::int64_t count_ = 0;
  std::int64_t free_count_ = 0;
  std::int64_t dim_ = 0;
};

/// Deviations from a sum of one, symmetry or a unit diagonal up to here count as rounding.
constexpr double kShapeRounding = 1e-8;

[[nodiscard]] bool is_symmetric_matrix(const double* x, std::int64_t size);

/// Lower triangular L with L L' = x, of which the lower triangle is read. Squares of the diagonal that are 0 or less
/// up to rounding are taken for the least positive one; false where one is negative beyond that.
[[nodiscard]] bool clamped_cholesky(const double* x, std::int64_t size, double* l);
/// Turns the gradient with respect to L into that with respect to the lower triangle of L L', in place; with
/// `unit_diagonal`, the diagonal of L L' is fixed and gets 0.
void pull_back_cholesky(const double* l, std::int64_t size, bool unit_diagonal, double* gradient);

}  // namespace amortflow
