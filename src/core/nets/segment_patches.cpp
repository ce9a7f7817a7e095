#include "nets/segment_patches.h"

#include <algorithm>

namespace amortflow {

const Segments& SegmentPatches::output_segments(const Segments& input, Segments& own) const {
  own.offsets.resize(input.offsets.size());
  for (std::int64_t i = 0; i < input.count(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    own.offsets[at + 1] = own.offsets[at] + (input.length(i) + size_ - 1) / size_;
  }
  return own;
}

/// visit(input row, output row, first column there).
template <class Visit>
void SegmentPatches::visit_rows(const Segments& segments, const Visit& visit) const {
  std::int64_t patch = 0;
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
    const std::int64_t length = segments.length(i);
    for (std::int64_t t = 0; t < length; ++t) visit(first + t, patch + t / size_, t % size_ * width_);
    patch += (length + size_ - 1) / size_;
  }
}

void SegmentPatches::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Panel& in = scratch.input;
  std::fill_n(out.values, out.rows * out.stride, 0.0F);
  visit_rows(*scratch.segments, [&](auto row, auto patch, auto column) {
    std::copy_n(in.values + row * in.stride, width_, out.values + patch * out.stride + column);
  });
}

void SegmentPatches::backward(const Pass&,
                              const Panel& out_gradient,
                              const Panel& in_gradient,
                              Scratch& scratch) const {
  if (in_gradient.values == nullptr) return;
  visit_rows(*scratch.segments, [&](auto row, auto patch, auto column) {
    std::copy_n(out_gradient.values + patch * out_gradient.stride + column, width_,
                in_gradient.values + row * in_gradient.stride);
  });
}

}  // namespace amortflow
