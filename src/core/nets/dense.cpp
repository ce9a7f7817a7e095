#include "nets/dense.h"

#include <cmath>

#include "base/errors.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kJoined, kSlope, kJoinedGradient };

}  // namespace

Dense::Dense(DenseOptions options) : options_(options) {
  if (options_.residual && options_.input_width != options_.output_width) {
    throw ConfigError("a residual dense layer needs equal widths");
  }
}

void Dense::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t fan_in = options_.input_width + options_.condition_width;
  const double sd = std::sqrt(2.0 / static_cast<double>(std::max<std::int64_t>(fan_in, 1)));
  const Initializer start = options_.starts_at_zero ? Initializer{} : Initializer{Initializer::Kind::kNormal, sd};
  weight_ = layout.add(prefix + ".weight", fan_in, options_.output_width, start, true);
  bias_ = layout.add(prefix + ".bias", 1, options_.output_width, Initializer{}, false);
}

Panel Dense::joined(Scratch& scratch) const {
  if (options_.condition_width == 0) return scratch.input;
  return scratch.panel(kJoined, scratch.input.rows, options_.input_width + options_.condition_width);
}

void Dense::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel input = joined(scratch);
  if (options_.condition_width > 0) {
    if (options_.input_width > 0) k.copy(scratch.input.view(), input.columns(0, options_.input_width), false);
    k.copy(pass.condition.view(), input.columns(options_.input_width, options_.condition_width), false);
  }
  k.multiply(input.view(), pass.weight(weight_), out.view(), false);
  const bool wants_slope = pass.goes_back() && options_.activation != Activation::kIdentity;
  const Rows slope = wants_slope ? scratch.panel(kSlope, out.rows, out.cols).view() : Rows{};
  k.activate(options_.activation, out.view(), pass.weight(bias_).data, out.view(), slope);
  if (options_.residual) k.copy(scratch.input.view(), out.view(), true);
}

void Dense::backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool wants_input = in_gradient.values != nullptr && options_.input_width > 0;
  if (wants_input && options_.residual) k.copy(out_gradient.view(), in_gradient.view(), false);
  const bool learns = pass.gradient != nullptr;
  float* bias_gradient = learns ? pass.weight_gradient(bias_).data : nullptr;
  if (options_.activation == Activation::kIdentity) {
    if (learns) k.add_column_sums(out_gradient.view(), bias_gradient);
  } else {
    const Panel slope = scratch.panel(kSlope, out_gradient.rows, out_gradient.cols);
    k.activate_backward(slope.view(), out_gradient.view(), bias_gradient);
  }
  if (learns) k.multiply_transposed(joined(scratch).view(), out_gradient.view(), pass.weight_gradient(weight_), true);

  const bool wants_condition = options_.condition_width > 0 && pass.condition_gradient.values != nullptr;
  if (!wants_input && !wants_condition) return;
  const ConstRows mirror = pass.mirror(weight_);
  if (options_.condition_width == 0) {
    k.multiply(out_gradient.view(), mirror, in_gradient.view(), options_.residual);
    return;
  }
  const Panel gradient = scratch.panel(kJoinedGradient, out_gradient.rows, mirror.cols);
  const std::int64_t wanted = wants_condition ? mirror.cols : options_.input_width;
  k.multiply(out_gradient.view(), {mirror.data, mirror.rows, wanted, mirror.stride}, gradient.columns(0, wanted),
             false);
  if (wants_input) k.copy(gradient.columns(0, options_.input_width), in_gradient.view(), options_.residual);
  if (wants_condition) {
    k.copy(gradient.columns(options_.input_width, options_.condition_width), pass.condition_gradient.view(), true);
  }
}

}  // namespace amortflow
