#include "flows/act_norm_permutation.h"

#include <ATen/ops/exp.h>
#include <ATen/ops/tensor.h>

namespace amortflow {

ActNormPermutation::ActNormPermutation(std::vector<std::int64_t> permutation)
    : permutation_(std::move(permutation)), inverse_permutation_(permutation_.size()) {
  for (std::size_t j = 0; j < permutation_.size(); ++j) {
    inverse_permutation_[static_cast<std::size_t>(permutation_[j])] = static_cast<std::int64_t>(j);
  }
}

void ActNormPermutation::declare(ParameterLayout& layout, const std::string& prefix) {
  log_scale_ = layout.add(prefix + ".log_scale", 1, output_width(), {}, false);
  shift_ = layout.add(prefix + ".shift", 1, output_width(), {}, false);
}

LayerState ActNormPermutation::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor& log_scale = parameters[log_scale_];
  const at::Tensor scaled = state.values * at::exp(log_scale) + parameters[shift_];
  state.values = scaled.index_select(1, at::tensor(permutation_, at::kLong));
  state.log_det = state.log_det + log_scale.sum();
  return state;
}

LayerState ActNormPermutation::inverse(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor ordered = state.values.index_select(1, at::tensor(inverse_permutation_, at::kLong));
  state.values = (ordered - parameters[shift_]) * at::exp(-parameters[log_scale_]);
  return state;
}

}  // namespace amortflow
