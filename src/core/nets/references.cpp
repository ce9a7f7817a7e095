// The reference forms of all layers: their definitions in LibTorch's operations.

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/log.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include "nets/activation_reference.h"
#include "nets/branches.h"
#include "nets/convolution.h"
#include "nets/dense.h"
#include "nets/equivariant_dense.h"
#include "nets/layer_state.h"
#include "nets/long_short_term.h"
#include "nets/masked_dense.h"
#include "nets/network.h"
#include "nets/recurrent.h"
#include "nets/segment_flatten.h"
#include "nets/segment_index.h"
#include "nets/segment_patches.h"
#include "nets/segment_pool.h"

namespace amortflow {

at::Tensor activate(Activation activation, const at::Tensor& x) {
  switch (activation) {
    case Activation::kSilu: return at::silu(x);
    case Activation::kRelu: return at::relu(x);
    case Activation::kTanh: return at::tanh(x);
    case Activation::kElu: return at::elu(x);
    case Activation::kGelu: return at::gelu(x);
    case Activation::kIdentity: break;
  }
  return x;
}

namespace {

Segments segments_after(const Layer& layer, const Segments& input) {
  Segments own;
  return layer.output_segments(input, own);
}

/// What a layer makes of each data set, a row in each of `parts`.
LayerState side_by_side(const Layer& layer, const std::vector<at::Tensor>& parts, LayerState state) {
  state.values = parts.size() == 1 ? parts.front() : at::cat(parts, 1);
  state.segments = segments_after(layer, state.segments);
  state.lengths = at::Tensor();
  return state;
}

}  // namespace

LayerState Network::reference(LayerState state, const ParameterViews& parameters) const {
  for (const auto& layer : layers_) state = layer->reference(std::move(state), parameters);
  return state;
}

LayerState Convolution::reference(LayerState state, const ParameterViews& parameters) const {
  const std::int64_t stride = options_.stride;
  const at::Tensor all = neighbours(state, options_.kernel_size, (options_.kernel_size - 1) / 2);
  const at::Tensor windows = stride == 1 ? all : every_nth_row(all, state, stride);
  state.values = activate(options_.activation, at::addmm(parameters[bias_], windows, parameters[weight_]));
  state.segments = segments_after(*this, state.segments);
  if (stride > 1 && state.lengths.defined()) state.lengths = at::ceil(state.lengths / static_cast<double>(stride));
  return state;
}

LayerState Dense::reference(LayerState state, const ParameterViews& parameters) const {
  return reference_with(std::move(state), parameters[weight_], parameters);
}

LayerState Dense::reference_with(LayerState state, const at::Tensor& weight, const ParameterViews& parameters) const {
  const at::Tensor& x = state.values;
  const at::Tensor joined = options_.condition_width > 0 ? at::cat({x, state.condition}, 1) : x;
  const at::Tensor y = activate(options_.activation, at::addmm(parameters[bias_], joined, weight));
  state.values = options_.residual ? y + x : y;
  return state;
}

LayerState MaskedDense::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor& weight = parameters[dense_.weight()];
  const at::Tensor open = row_degrees_.beside(weight).unsqueeze(1) <= column_degrees_.beside(weight).unsqueeze(0);
  return dense_.reference_with(std::move(state), weight * open, parameters);
}

LayerState SegmentFlatten::reference(LayerState state, const ParameterViews&) const {
  state.segments = segments_after(*this, state.segments);
  state.values = state.values.reshape({state.segments.count(), output_width()});
  return state;
}

LayerState SegmentMean::reference(LayerState state, const ParameterViews&) const {
  const at::Tensor log_size = at::log(segment_lengths(state)) - log_size_center_;
  state.values = at::cat({segment_mean(state), log_size.unsqueeze(1)}, 1);
  state.segments = segments_after(*this, state.segments);
  state.lengths = at::Tensor();
  return state;
}

LayerState EquivariantDense::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor of_means = at::mm(segment_mean(state), parameters[mean_weight_]);
  const at::Tensor of_rows = at::addmm(parameters[bias_], state.values, parameters[weight_]);
  state.values = activate(options_.activation, of_rows + spread_over_rows(of_means, state));
  return state;
}

at::Tensor Recurrent::last_state(const LayerState& state,
                                 const ParameterViews& parameters,
                                 const Direction& direction,
                                 bool backwards) const {
  const std::int64_t width = options_.hidden_width;
  const auto [inputs, valid] = padded_segments(
      at::addmm(parameters[direction.input_bias], state.values, parameters[direction.input_weight]), state);
  at::Tensor h = at::zeros({inputs.size(0), width}, state.values.options().requires_grad(false));
  for (std::int64_t step = 0; step < inputs.size(1); ++step) {
    const std::int64_t t = backwards ? inputs.size(1) - 1 - step : step;
    const at::Tensor x = inputs.select(1, t);
    const at::Tensor s = at::addmm(parameters[direction.state_bias], h, parameters[direction.state_weight]);
    const at::Tensor gates = at::sigmoid(x.narrow(1, 0, 2 * width) + s.narrow(1, 0, 2 * width));
    const at::Tensor u = gates.narrow(1, width, width);
    const at::Tensor n =
        at::tanh(x.narrow(1, 2 * width, width) + gates.narrow(1, 0, width) * s.narrow(1, 2 * width, width));
    const at::Tensor change = (1 - u) * (n - h);
    h = h + (valid.defined() ? valid.select(1, t) * change : change);
  }
  return h;
}

LayerState Recurrent::reference(LayerState state, const ParameterViews& parameters) const {
  std::vector<at::Tensor> states;
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    states.push_back(last_state(state, parameters, directions_[i], i == 1));
  }
  return side_by_side(*this, states, std::move(state));
}

at::Tensor LongShortTerm::last_state(const LayerState& state,
                                     const ParameterViews& parameters,
                                     const Direction& direction,
                                     bool backwards) const {
  const std::int64_t width = options_.hidden_width;
  const auto [inputs, valid] =
      padded_segments(at::addmm(parameters[direction.bias], state.values, parameters[direction.input_weight]), state);
  at::Tensor h = at::zeros({inputs.size(0), width}, state.values.options().requires_grad(false));
  at::Tensor c = h;
  for (std::int64_t step = 0; step < inputs.size(1); ++step) {
    const std::int64_t t = backwards ? inputs.size(1) - 1 - step : step;
    const at::Tensor a = inputs.select(1, t) + at::mm(h, parameters[direction.state_weight]);
    const at::Tensor kept = at::sigmoid(a.narrow(1, width, width) + 1) * c;
    const at::Tensor cell = kept + at::sigmoid(a.narrow(1, 0, width)) * at::tanh(a.narrow(1, 3 * width, width));
    const at::Tensor next = at::sigmoid(a.narrow(1, 2 * width, width)) * at::tanh(cell);
    h = valid.defined() ? h + valid.select(1, t) * (next - h) : next;
    c = valid.defined() ? c + valid.select(1, t) * (cell - c) : cell;
  }
  return h;
}

LayerState LongShortTerm::reference(LayerState state, const ParameterViews& parameters) const {
  std::vector<at::Tensor> states;
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    states.push_back(last_state(state, parameters, directions_[i], i == 1));
  }
  return side_by_side(*this, states, std::move(state));
}

LayerState SegmentPatches::reference(LayerState state, const ParameterViews&) const {
  const auto [rows, valid] = padded_segments(state.values, state);
  const at::Tensor inside = valid.defined() ? rows.masked_fill(valid.eq(0), 0) : rows;
  const std::int64_t patches = (rows.size(1) + size_ - 1) / size_;
  const at::Tensor whole = at::constant_pad_nd(inside, {0, 0, 0, patches * size_ - rows.size(1)});
  state.segments = segments_after(*this, state.segments);
  if (state.lengths.defined()) state.lengths = at::ceil(state.lengths / static_cast<double>(size_));
  state.values = segment_rows(whole.reshape({rows.size(0), patches, size_ * width_}), state);
  return state;
}

LayerState Branches::reference(LayerState state, const ParameterViews& parameters) const {
  std::vector<at::Tensor> rows;
  for (const Network& network : networks_) rows.push_back(network.reference(state, parameters).values);
  return side_by_side(*this, rows, std::move(state));
}

}  // namespace amortflow

// LibTorch's headers take most of the time of a file that includes them: the reference forms of one folder, and what
// they stand on, are one.
#include "nets/attention_references.inc"
#include "nets/constant_index.inc"
#include "nets/convolution_references.inc"
#include "nets/parameter_views.inc"
#include "nets/segment_index.inc"
#include "nets/time_references.inc"
