// The reference forms of all layers: their definitions in LibTorch's operations.

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/log.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include "nets/convolution.h"
#include "nets/dense.h"
#include "nets/equivariant_dense.h"
#include "nets/layer_state.h"
#include "nets/network.h"
#include "nets/recurrent.h"
#include "nets/segment_flatten.h"
#include "nets/segment_index.h"
#include "nets/segment_pool.h"

namespace amortflow {

namespace {

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

Segments segments_after(const Layer& layer, const Segments& input) {
  Segments own;
  return layer.output_segments(input, own);
}

}  // namespace

LayerState Network::reference(LayerState state, const ParameterViews& parameters) const {
  for (const auto& layer : layers_) state = layer->reference(std::move(state), parameters);
  return state;
}

LayerState Convolution::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor windows = neighbours(state, options_.kernel_size, (options_.kernel_size - 1) / 2);
  state.values = activate(options_.activation, at::addmm(parameters[bias_], windows, parameters[weight_]));
  return state;
}

LayerState Dense::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor& x = state.values;
  const at::Tensor joined = options_.condition_width > 0 ? at::cat({x, state.condition}, 1) : x;
  const at::Tensor y = activate(options_.activation, at::addmm(parameters[bias_], joined, parameters[weight_]));
  state.values = options_.residual ? y + x : y;
  return state;
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
  state.values = states.size() == 1 ? states.front() : at::cat(states, 1);
  state.segments = segments_after(*this, state.segments);
  state.lengths = at::Tensor();
  return state;
}

}  // namespace amortflow
