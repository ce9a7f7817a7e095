#include "nets/segment_flatten.h"

#include <algorithm>

#include "base/errors.h"

namespace amortflow {

const Segments& SegmentFlatten::output_segments(const Segments& input, Segments& own) const {
  if (input.count() > 0 && input.common_length() != positions_) {
    throw ShapeError("data sets must have " + std::to_string(positions_) + " positions each, as in training");
  }
  own.assign_uniform(input.count(), 1);
  return own;
}

void SegmentFlatten::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Panel& in = scratch.input;
  for (std::int64_t i = 0; i < in.rows; ++i) {
    float* to = out.values + i / positions_ * out.stride + i % positions_ * width_;
    std::copy_n(in.values + i * in.stride, width_, to);
  }
}

void SegmentFlatten::backward(const Pass&, const Panel& out_gradient, const Panel& in_gradient, Scratch&) const {
  if (in_gradient.values == nullptr) return;
  for (std::int64_t i = 0; i < in_gradient.rows; ++i) {
    const float* from = out_gradient.values + i / positions_ * out_gradient.stride + i % positions_ * width_;
    std::copy_n(from, width_, in_gradient.values + i * in_gradient.stride);
  }
}

}  // namespace amortflow
