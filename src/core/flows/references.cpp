// The reference forms of flows and their layers: their definitions in LibTorch's operations.

#include <ATen/ops/atan.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/zeros.h>

#include "flows/act_norm_permutation.h"
#include "flows/affine_coupling.h"
#include "flows/coupling_flow.h"
#include "flows/inference_state.h"
#include "flows/normal_base.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

LayerState inference_state(const at::Tensor& values, const at::Tensor& condition, const at::Tensor& noise) {
  LayerState state;
  state.values = values;
  state.condition = condition;
  state.noise = noise;
  state.log_det = at::zeros({values.size(0)}, values.options().requires_grad(false));
  state.segments = Segments::uniform(values.size(0), 1);
  return state;
}

LayerState NormalBase::reference(LayerState state, const ParameterViews&) const {
  const double constant = 0.5 * static_cast<double>(dimension_) * kLogTwoPi;
  state.values = (0.5 * (state.values * state.values).sum(1) + constant - state.log_det).unsqueeze(1);
  return state;
}

LayerState ActNormPermutation::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor& log_scale = parameters[log_scale_];
  const at::Tensor scaled = state.values * at::exp(log_scale) + parameters[shift_];
  state.values = scaled.index_select(1, order_.beside(scaled));
  state.log_det = state.log_det + log_scale.sum();
  return state;
}

LayerState ActNormPermutation::inverse(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor ordered = state.values.index_select(1, back_order_.beside(state.values));
  state.values = (ordered - parameters[shift_]) * at::exp(-parameters[log_scale_]);
  return state;
}

struct AffineCoupling::ScaleShift {
  at::Tensor log_scale;
  at::Tensor shift;
};

AffineCoupling::ScaleShift AffineCoupling::scale_shift(const LayerState& state,
                                                       const ParameterViews& parameters) const {
  const std::int64_t after = options_.dimension - options_.target_end;
  LayerState others = state;
  others.values = at::cat(
      {state.values.narrow(1, 0, options_.target_begin), state.values.narrow(1, options_.target_end, after)}, 1);
  const at::Tensor raw = subnetwork_.reference(std::move(others), parameters).values;
  const at::Tensor clamped = (2 * kClamp / kPi) * at::atan(raw.narrow(1, 0, target_width()) / kClamp);
  return {clamped, raw.narrow(1, target_width(), target_width())};
}

at::Tensor AffineCoupling::joined(const at::Tensor& values, const at::Tensor& target) const {
  const std::int64_t after = options_.dimension - options_.target_end;
  return at::cat({values.narrow(1, 0, options_.target_begin), target, values.narrow(1, options_.target_end, after)}, 1);
}

LayerState AffineCoupling::reference(LayerState state, const ParameterViews& parameters) const {
  const auto [log_scale, shift] = scale_shift(state, parameters);
  const at::Tensor u = state.values.narrow(1, options_.target_begin, target_width());
  state.values = joined(state.values, u * at::exp(log_scale) + shift);
  state.log_det = state.log_det + log_scale.sum(1);
  return state;
}

LayerState AffineCoupling::inverse(LayerState state, const ParameterViews& parameters) const {
  const auto [log_scale, shift] = scale_shift(state, parameters);
  const at::Tensor v = state.values.narrow(1, options_.target_begin, target_width());
  state.values = joined(state.values, (v - shift) * at::exp(-log_scale));
  return state;
}

at::Tensor CouplingFlow::inverse_reference(const at::Tensor& noise,
                                           const at::Tensor& condition,
                                           const ParameterViews& parameters) const {
  LayerState state = inference_state(noise, condition);
  for (auto layer = network_.layers().rbegin(); layer != network_.layers().rend(); ++layer) {
    if (const auto* step = dynamic_cast<const InvertibleLayer*>(layer->get())) {
      state = step->inverse(std::move(state), parameters);
    }
  }
  return state.values;
}

}  // namespace amortflow
