#include "nets/self_attention.h"

#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kProjected, kAttended, kAttendedGradient, kProjectedGradient };

AttentionRows rows_of(const Pass& pass, const Panel& projected, std::int64_t width, const Segments& segments) {
  return {projected.columns(0, width),
          projected.columns(width, width),
          projected.columns(2 * width, width),
          &segments,
          &segments,
          pass.goes_back()};
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
  k.multiply(scratch.input.view(), pass.weight(input_weight_), projected.view(), false);
  attention_.forward(rows_of(pass, projected, width, *scratch.segments), attended.view(), scratch.child(0));
  k.multiply(attended.view(), pass.weight(output_weight_), out.view(), false);
  k.add_bias(pass.weight(output_bias_).data, out.view());
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
  k.add_column_sums(out_gradient.view(), pass.weight_gradient(output_bias_).data);
  k.multiply_transposed(attended.view(), out_gradient.view(), pass.weight_gradient(output_weight_), true);
  const Panel attended_gradient = scratch.panel(kAttendedGradient, rows, width);
  k.multiply(out_gradient.view(), pass.mirror(output_weight_), attended_gradient.view(), false);
  const Panel gradient = scratch.panel(kProjectedGradient, rows, 3 * width);
  attention_.backward(rows_of(pass, projected, width, *scratch.segments), attended_gradient.view(),
                      {gradient.columns(0, width), gradient.columns(width, width), gradient.columns(2 * width, width)},
                      scratch.child(0));
  k.multiply_transposed(scratch.input.view(), gradient.view(), pass.weight_gradient(input_weight_), true);
  if (in_gradient.values != nullptr) k.multiply(gradient.view(), pass.mirror(input_weight_), in_gradient.view(), false);
}

}  // namespace amortflow
