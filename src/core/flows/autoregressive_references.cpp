// The reference form of autoregressive layers: their definition in LibTorch's operations.

#include <ATen/ops/zeros_like.h>

#include "flows/autoregressive.h"
#include "nets/layer_state.h"

namespace amortflow {

LayerState Autoregressive::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor raw = subnetwork_.reference(state, parameters).values;
  return transform_->reference(std::move(state), raw);
}

/// After pass i the first i variables are right, whatever the others are.
LayerState Autoregressive::inverse(LayerState state, const ParameterViews& parameters) const {
  LayerState known = state;
  known.values = at::zeros_like(state.values);
  for (std::int64_t i = 0; i < options_.dimension; ++i) {
    known.values = transform_->inverse(state, subnetwork_.reference(known, parameters).values).values;
  }
  return known;
}

}  // namespace amortflow
