#include "nets/self_attention.h"

#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kProjected, kAttended, kAttendedGradient, kProjectedGradient };

/// Data sets [begin, end) and their rows.
struct Slice {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t first_row;
  std::int64_t rows;

  [[nodiscard]] Rows of(const Panel& panel) const {
    return {panel.values + first_row * panel.stride, rows, panel.cols, panel.stride};
  }
};

/// Of a slice, unless one data set has more: what its rows need from their projections to the output stays in the
/// second-level cache.
constexpr std::int64_t kRowsOfSlice = 256;

/// visit(slice) for all data sets in order, as many at a time as have kRowsOfSlice rows, but at least one.
template <class Visit>
void visit_slices(const Segments& segments, const Visit& visit) {
  const auto row = [&](std::int64_t i) { return segments.offsets[static_cast<std::size_t>(i)]; };
  for (std::int64_t begin = 0; begin < segments.count();) {
    std::int64_t end = begin + 1;
    while (end < segments.count() && row(end + 1) - row(begin) <= kRowsOfSlice) ++end;
    visit(Slice{begin, end, row(begin), row(end) - row(begin)});
    begin = end;
  }
}

AttentionRows rows_of(const Pass& pass, const Panel& projected, const Segments& segments, const Slice& slice) {
  const std::int64_t width = projected.cols / 3;
  return {projected.columns(0, width),
          projected.columns(width, width),
          projected.columns(2 * width, width),
          &segments,
          &segments,
          pass.goes_back(),
          slice.begin,
          slice.end};
}

}  // namespace

void SelfAttention::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t width = attention_.width();
  const Initializer start = {Initializer::Kind::kNormal, std::sqrt(1.0 / static_cast<double>(width))};
  input_weight_ = layout.add(prefix + ".input_weight", width, 3 * width, start, true);
  output_weight_ = layout.add(prefix + ".output_weight", width, width, start, true);
  output_bias_ = layout.add(prefix + ".output_bias", 1, width, {}, false);
}

void SelfAttention::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = attention_.width();
  const Panel projected = scratch.panel(kProjected, out.rows, 3 * width);
  const Panel attended = scratch.panel(kAttended, out.rows, width);
  visit_slices(*scratch.segments, [&](const Slice& slice) {
    k.multiply(slice.of(scratch.input), pass.weight(input_weight_), slice.of(projected), false);
    attention_.forward(rows_of(pass, projected, *scratch.segments, slice), attended.view(), scratch.child(0));
    k.multiply(slice.of(attended), pass.weight(output_weight_), slice.of(out), false);
    k.add_bias(pass.weight(output_bias_).data, slice.of(out));
  });
}

void SelfAttention::backward(const Pass& pass,
                             const Panel& out_gradient,
                             const Panel& in_gradient,
                             Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = attention_.width();
  const std::int64_t rows = out_gradient.rows;
  const Panel projected = scratch.panel(kProjected, rows, 3 * width);
  const Panel attended = scratch.panel(kAttended, rows, width);
  const Panel attended_gradient = scratch.panel(kAttendedGradient, rows, width);
  const Panel gradient = scratch.panel(kProjectedGradient, rows, 3 * width);
  const AttentionGradients gradients = {gradient.columns(0, width), gradient.columns(width, width),
                                        gradient.columns(2 * width, width)};
  visit_slices(*scratch.segments, [&](const Slice& slice) {
    k.add_column_sums(slice.of(out_gradient), pass.weight_gradient(output_bias_).data);
    k.multiply_transposed(slice.of(attended), slice.of(out_gradient), pass.weight_gradient(output_weight_), true);
    k.multiply(slice.of(out_gradient), pass.mirror(output_weight_), slice.of(attended_gradient), false);
    attention_.backward(rows_of(pass, projected, *scratch.segments, slice), attended_gradient.view(), gradients,
                        scratch.child(0));
    k.multiply_transposed(slice.of(scratch.input), slice.of(gradient), pass.weight_gradient(input_weight_), true);
    if (in_gradient.values == nullptr) return;
    k.multiply(slice.of(gradient), pass.mirror(input_weight_), slice.of(in_gradient), false);
  });
}

}  // namespace amortflow
