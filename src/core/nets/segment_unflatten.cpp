#include "nets/segment_unflatten.h"

#include "base/errors.h"

namespace amortflow {

const Segments& SegmentUnflatten::output_segments(const Segments& input, Segments& own) const {
  if (input.count() > 0 && input.common_length() != 1) throw ShapeError("data sets must be vectors: one row each");
  own.assign_uniform(input.count(), width_);
  return own;
}

void SegmentUnflatten::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Panel& in = scratch.input;
  for (std::int64_t i = 0; i < out.rows; ++i) {
    out.values[i * out.stride] = in.values[i / width_ * in.stride + i % width_];
  }
}

void SegmentUnflatten::backward(const Pass&, const Panel& out_gradient, const Panel& in_gradient, Scratch&) const {
  if (in_gradient.values == nullptr) return;
  for (std::int64_t i = 0; i < out_gradient.rows; ++i) {
    in_gradient.values[i / width_ * in_gradient.stride + i % width_] = out_gradient.values[i * out_gradient.stride];
  }
}

}  // namespace amortflow
