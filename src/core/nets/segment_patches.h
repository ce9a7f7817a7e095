#pragma once

#include "nets/layer.h"

namespace amortflow {

/// Puts each `size` rows of a data set in a row side by side, zeros beyond its end: [rows, width] ->
/// [sum of ceil(n / size), size * width]. A dense layer behind it is a convolution of that size and stride.
class SegmentPatches final : public Layer {
 public:
  SegmentPatches(std::int64_t size, std::int64_t width) : size_(size), width_(width) {}

  [[nodiscard]] std::string name() const override { return "segment_patches"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return size_ * width_; }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  template <class Visit>
  void visit_rows(const Segments& segments, const Visit& visit) const;

  std::int64_t size_;
  std::int64_t width_;
};

}  // namespace amortflow
