#pragma once

#include "nets/layer.h"

namespace amortflow {

struct SegmentMomentsOptions {
  std::int64_t width = 0;
  bool joins_log_size = false;
  double log_size_center = 0;  ///< log of the typical number of rows
};

/// Mean and standard deviation over the rows of each data set: [rows, width] -> [data sets, 2 width (+ 1)], the sd as
/// sqrt(variance + 1e-6). With them the scale of features survives pooling. The last column is the centred log of the
/// number of rows, where `joins_log_size` asks for it.
class SegmentMoments final : public Layer {
 public:
  explicit SegmentMoments(SegmentMomentsOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "segment_moments"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override {
    return 2 * options_.width + (options_.joins_log_size ? 1 : 0);
  }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), 1);
    return own;
  }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  SegmentMomentsOptions options_;
};

}  // namespace amortflow
