#include "nets/attention_pool.h"

#include <algorithm>
#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kProjected, kAttended, kRows, kRowsGradient, kAttendedGradient, kProjectedGradient };

}  // namespace

void AttentionPool::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t width = options_.width;
  const Initializer start = {Initializer::Kind::kNormal, std::sqrt(1.0 / static_cast<double>(width))};
  seeds_ = layout.add(prefix + ".seeds", options_.seeds, width, {Initializer::Kind::kNormal, 1.0}, false);
  input_weight_ = layout.add(prefix + ".input_weight", width, 2 * width, start, true);
  output_weight_ = layout.add(prefix + ".output_weight", width, width, start, true);
  output_bias_ = layout.add(prefix + ".output_bias", 1, width, {}, false);
}

AttentionRows AttentionPool::rows(const Pass& pass, const Panel& projected, const Segments& segments) const {
  const std::int64_t width = options_.width;
  return {pass.weight(seeds_), projected.columns(0, width), projected.columns(width, width), nullptr, &segments,
          pass.goes_back()};
}

void AttentionPool::join(const Panel& rows, const Panel& out, const Segments& segments) const {
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    std::copy_n(rows.values + i * rows.stride, rows.cols,
                out.values + i / options_.seeds * out.stride + i % options_.seeds * rows.cols);
  }
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const double log_size = std::log(static_cast<double>(segments.length(i)));
    out.values[i * out.stride + out.cols - 1] = static_cast<float>(log_size - options_.log_size_center);
  }
}

void AttentionPool::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel projected = scratch.panel(kProjected, scratch.input.rows, 2 * options_.width);
  const Panel attended = scratch.panel(kAttended, scratch.segments->count() * options_.seeds, options_.width);
  k.multiply(scratch.input.view(), pass.weight(input_weight_), projected.view(), false);
  attention_.forward(rows(pass, projected, *scratch.segments), attended.view(), scratch.child(0));
  const Panel of_seeds = joined() ? scratch.panel(kRows, attended.rows, options_.width) : out;
  k.multiply(attended.view(), pass.weight(output_weight_), of_seeds.view(), false);
  k.add_bias(pass.weight(output_bias_).data, of_seeds.view());
  if (joined()) join(of_seeds, out, *scratch.segments);
}

Panel AttentionPool::row_gradient(const Panel& out_gradient, Scratch& scratch) const {
  if (!joined()) return out_gradient;
  const Panel gradient = scratch.panel(kRowsGradient, out_gradient.rows * options_.seeds, options_.width);
  for (std::int64_t i = 0; i < gradient.rows; ++i) {
    const float* from = out_gradient.values + i / options_.seeds * out_gradient.stride;
    std::copy_n(from + i % options_.seeds * gradient.cols, gradient.cols, gradient.values + i * gradient.stride);
  }
  return gradient;
}

void AttentionPool::backward(const Pass& pass,
                             const Panel& out_gradient,
                             const Panel& in_gradient,
                             Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = options_.width;
  const Panel by_rows = row_gradient(out_gradient, scratch);
  const Panel projected = scratch.panel(kProjected, scratch.input.rows, 2 * width);
  const Panel attended = scratch.panel(kAttended, by_rows.rows, width);
  k.add_column_sums(by_rows.view(), pass.weight_gradient(output_bias_).data);
  k.multiply_transposed(attended.view(), by_rows.view(), pass.weight_gradient(output_weight_), true);
  const Panel attended_gradient = scratch.panel(kAttendedGradient, by_rows.rows, width);
  k.multiply(by_rows.view(), pass.mirror(output_weight_), attended_gradient.view(), false);
  const Panel gradient = scratch.panel(kProjectedGradient, projected.rows, 2 * width);
  attention_.backward(rows(pass, projected, *scratch.segments), attended_gradient.view(),
                      {pass.weight_gradient(seeds_), gradient.columns(0, width), gradient.columns(width, width)},
                      scratch.child(0));
  k.multiply_transposed(scratch.input.view(), gradient.view(), pass.weight_gradient(input_weight_), true);
  if (in_gradient.values != nullptr) k.multiply(gradient.view(), pass.mirror(input_weight_), in_gradient.view(), false);
}

}  // namespace amortflow
