#pragma once

#include "nets/layer.h"

namespace amortflow {

/// Puts the rows of each data set side by side: [rows, width] -> [data sets, positions * width]. All data sets must
/// have `positions` rows.
class SegmentFlatten final : public Layer {
 public:
  SegmentFlatten(std::int64_t positions, std::int64_t width) : positions_(positions), width_(width) {}

  [[nodiscard]] std::string name() const override { return "segment_flatten"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return positions_ * width_; }
  /// Throws ShapeError where a data set has another number of rows.
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  std::int64_t positions_;
  std::int64_t width_;
};

}  // namespace amortflow
