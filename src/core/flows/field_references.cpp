// The reference forms of networks that depend on time: their definitions in LibTorch's operations.

#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/log.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/tan.h>

#include "flows/consistency_loss.h"
#include "flows/field_loss.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

constexpr double kHalfPi = 1.57079632679489661923;

/// [rows, 1] each.
struct MixColumns {
  at::Tensor signal, noise, signal_rate, noise_rate;
};

MixColumns mix_of(NoisePath path, const at::Tensor& time) {
  const at::Tensor one = at::ones_like(time);
  if (path == NoisePath::kStraight) return {time, one - time, one, -one};
  return {at::cos(time), at::sin(time), -at::sin(time), at::cos(time)};
}

at::Tensor coordinates_of(NoisePath path, const at::Tensor& time) {
  const at::Tensor level = at::log(mix_of(path, time).noise + kFinest) / std::log(kFinest);
  return at::cat({path == NoisePath::kStraight ? time : time / kHalfPi, level}, 1);
}

}  // namespace

at::Tensor FieldNetwork::reference(const at::Tensor& z,
                                   const at::Tensor& coordinates,
                                   const at::Tensor& condition,
                                   const ParameterViews& parameters) const {
  LayerState state;
  state.segments = Segments::uniform(z.size(0), 1);
  state.values = coordinates;
  const at::Tensor embedded = embedding_.reference(state, parameters).values;
  state.values = z;
  state.condition = options_.condition_width > 0 ? at::cat({condition, embedded}, 1) : embedded;
  return stack_.reference(std::move(state), parameters).values;
}

LayerState FieldLoss::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor time = state.noise.narrow(1, 0, 1);
  const at::Tensor noise = state.noise.narrow(1, 1, dimension_);
  const MixColumns mix = mix_of(path_, time);
  const at::Tensor z = mix.signal * state.values + mix.noise * noise;
  const at::Tensor rate = mix.signal_rate * state.values + mix.noise_rate * noise;
  const at::Tensor residual = field_.reference(z, coordinates_of(path_, time), state.condition, parameters) - rate;
  state.values = (residual * residual).mean(1, true);
  return state;
}

LayerState ConsistencyLoss::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor noise = state.noise.narrow(1, 2, dimension_);
  const auto consistent = [&](const at::Tensor& time) {
    const at::Tensor z = at::cos(time) * state.values + at::sin(time) * noise;
    const at::Tensor coordinates = coordinates_of(NoisePath::kAngular, time);
    return at::cos(time) * z - at::sin(time) * field_.reference(z, coordinates, state.condition, parameters);
  };
  const at::Tensor time = state.noise.narrow(1, 0, 1);
  const at::Tensor earlier = state.noise.narrow(1, 1, 1);
  const at::Tensor squared = (consistent(time) - consistent(earlier).detach()).pow(2).sum(1, true);
  const at::Tensor distance = at::sqrt(squared + softness() * softness()) - softness();
  state.values = distance / (at::tan(time) - at::tan(earlier));
  return state;
}

}  // namespace amortflow
