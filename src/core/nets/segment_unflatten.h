#pragma once

#include "nets/layer.h"

namespace amortflow {

/// The numbers of a data set's one row as a series of one variable: [data sets, width] -> [data sets * width, 1].
class SegmentUnflatten final : public Layer {
 public:
  explicit SegmentUnflatten(std::int64_t width) : width_(width) {}

  [[nodiscard]] std::string name() const override { return "segment_unflatten"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  /// Throws ShapeError where a data set has more than one row.
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  std::int64_t width_;
};

}  // namespace amortflow
