// The reference forms of flows and their layers: their definitions in LibTorch's operations.

#include <ATen/ops/atan.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/zeros.h>

#include "base/constants.h"
#include "flows/act_norm_permutation.h"
#include "flows/affine_transform.h"
#include "flows/coupling.h"
#include "flows/coupling_flow.h"
#include "flows/inference_state.h"
#include "flows/normal_base.h"
#include "nets/layer_state.h"

namespace amortflow {

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

namespace {

at::Tensor log_scale_of(const at::Tensor& raw, std::int64_t variables) {
  constexpr double kClamp = AffineTransform::kClamp;
  return (2 * kClamp / kPi) * at::atan(raw.narrow(1, 0, variables) / kClamp);
}

}  // namespace

LayerState AffineTransform::reference(LayerState state, const at::Tensor& raw) const {
  const std::int64_t variables = state.values.size(1);
  const at::Tensor log_scale = log_scale_of(raw, variables);
  state.values = state.values * at::exp(log_scale) + raw.narrow(1, variables, variables);
  state.log_det = state.log_det + log_scale.sum(1);
  return state;
}

LayerState AffineTransform::inverse(LayerState state, const at::Tensor& raw) const {
  const std::int64_t variables = state.values.size(1);
  state.values = (state.values - raw.narrow(1, variables, variables)) * at::exp(-log_scale_of(raw, variables));
  return state;
}

LayerState Coupling::targets(const LayerState& state) const {
  LayerState targets = state;
  targets.values = state.values.narrow(1, options_.target_begin, target_width());
  return targets;
}

at::Tensor Coupling::raw_numbers(const LayerState& state, const ParameterViews& parameters) const {
  const std::int64_t after = options_.dimension - options_.target_end;
  LayerState others = state;
  others.values = at::cat(
      {state.values.narrow(1, 0, options_.target_begin), state.values.narrow(1, options_.target_end, after)}, 1);
  return subnetwork_.reference(std::move(others), parameters).values;
}

LayerState Coupling::joined(LayerState state, const LayerState& targets) const {
  const at::Tensor& all = state.values;
  const std::int64_t after = options_.dimension - options_.target_end;
  state.values =
      at::cat({all.narrow(1, 0, options_.target_begin), targets.values, all.narrow(1, options_.target_end, after)}, 1);
  state.log_det = targets.log_det;
  return state;
}

LayerState Coupling::reference(LayerState state, const ParameterViews& parameters) const {
  const LayerState transformed = transform_->reference(targets(state), raw_numbers(state, parameters));
  return joined(std::move(state), transformed);
}

LayerState Coupling::inverse(LayerState state, const ParameterViews& parameters) const {
  const LayerState transformed = transform_->inverse(targets(state), raw_numbers(state, parameters));
  return joined(std::move(state), transformed);
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

// LibTorch's headers take most of the time of a file that includes them: the reference forms of one folder are one.
#include "flows/autoregressive_references.inc"
#include "flows/base_references.inc"
#include "flows/field_references.inc"
#include "flows/mixed_references.inc"
#include "flows/mixture_references.inc"
#include "flows/ratio_references.inc"
#include "flows/scoring_references.inc"
#include "flows/spline_references.inc"
