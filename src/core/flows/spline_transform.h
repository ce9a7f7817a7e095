#pragma once

#include "flows/affine_transform.h"

namespace amortflow {

class SpecReader;

/// A spline's size and the least share of the box that a bin's width and height, and the least slope that a knot, may
/// have.
struct SplineOptions {
  std::int64_t bins = 16;
  double tail_bound = 5;
  double least_width = 1e-3;
  double least_height = 1e-3;
  double least_slope = 1e-3;

  /// Reads `bins` (2 to 64) and `tail_bound` (above 0), which may be missing.
  [[nodiscard]] static SplineOptions from_reader(SpecReader& reader);
  [[nodiscard]] SplineShape shape() const;
};

/// v = spline(u exp(s) + t): an affine transform brings the variable to the spline's box, where a monotone
/// rational-quadratic spline (Durkan, Bekasov, Murray and Papamakarios 2019) gives it its shape; outside of the box the
/// spline is the identity, so that tails are linear. Columns of `raw`: those of the affine transform, then for each
/// variable `bins` raw widths, `bins` raw heights and `bins` - 1 raw slopes.
class SplineTransform final : public VariableTransform {
 public:
  explicit SplineTransform(const SplineOptions& options) : shape_(options.shape()) {}

  [[nodiscard]] std::string name() const override { return "spline"; }
  [[nodiscard]] std::vector<std::int64_t> groups() const override { return {1, 1, spline_numbers()}; }
  [[nodiscard]] LayerState reference(LayerState state, const at::Tensor& raw) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const at::Tensor& raw) const override;

  void forward(const Pass& pass, const Panel& raw, const Rows& in, const Rows& out, Scratch& scratch) const override;
  void backward(const Pass& pass,
                const Panel& raw,
                const Rows& in,
                const Rows& gradient,
                const Panel& raw_gradient,
                Scratch& scratch) const override;
  void invert(const Panel& raw, const Rows& out, const Rows& in) const override;

 private:
  [[nodiscard]] std::int64_t spline_numbers() const { return 3 * shape_.bins - 1; }
  /// Those columns of `raw` that are the splines' for so many variables.
  [[nodiscard]] Rows of_splines(const Panel& raw, std::int64_t variables) const;
  [[nodiscard]] at::Tensor of_splines(const at::Tensor& raw,
                                      std::int64_t variables) const;  // [rows, variables, numbers]

  SplineShape shape_;
  AffineTransform affine_;
};

}  // namespace amortflow
