#include "nets/layer_norm.h"

#include <ATen/ops/layer_norm.h>

namespace amortflow {

namespace {

constexpr double kEpsilon = 1e-5;  // keeps constant rows finite; LibTorch's own default

}  // namespace

void LayerNorm::declare(ParameterLayout& layout, const std::string& prefix) {
  gain_ = layout.add(prefix + ".gain", 1, width_, {Initializer::Kind::kConstant, 1.0}, false);
  bias_ = layout.add(prefix + ".bias", 1, width_, {}, false);
}

LayerState LayerNorm::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor gain = parameters[gain_].view({width_});
  state.values = at::layer_norm(state.values, {width_}, gain, parameters[bias_].view({width_}), kEpsilon);
  return state;
}

}  // namespace amortflow
