#pragma once

#include "nets/layer.h"

namespace amortflow {

/// Mean over the rows of each data set: [rows, width] -> [data sets, width + 1]. The last column is the centred log of
/// the number of rows, log n - `log_size_center`, because a mean alone does not know n (Zaheer et al. 2017).
class SegmentMean final : public Layer {
 public:
  SegmentMean(std::int64_t width, double log_size_center) : width_(width), log_size_center_(log_size_center) {}

  [[nodiscard]] std::string name() const override { return "segment_mean"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return width_ + 1; }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), 1);
    return own;
  }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  std::int64_t width_;
  double log_size_center_;
};

}  // namespace amortflow
