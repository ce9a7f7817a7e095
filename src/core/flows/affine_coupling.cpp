#include "flows/affine_coupling.h"

#include <ATen/ops/atan.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>

#include "nets/dense.h"

namespace amortflow {

namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

AffineCoupling::AffineCoupling(const AffineCouplingOptions& options) : options_(options) {
  DenseOptions dense;
  dense.input_width = options.dimension - target_width();
  dense.condition_width = options.condition_width;
  dense.activation = options.activation;
  dense.output_width = options.width;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    subnetwork_.add(std::make_unique<Dense>(dense));
    dense.input_width = options.width;
    dense.condition_width = 0;
  }
  dense.output_width = 2 * target_width();
  dense.activation = Activation::kIdentity;
  dense.starts_at_zero = true;
  subnetwork_.add(std::make_unique<Dense>(dense));
}

void AffineCoupling::declare(ParameterLayout& layout, const std::string& prefix) {
  subnetwork_.declare(layout, prefix);
}

AffineCoupling::ScaleShift AffineCoupling::scale_shift(const LayerState& state,
                                                       const ParameterViews& parameters) const {
  const std::int64_t after = options_.dimension - options_.target_end;
  LayerState others = state;
  others.values = at::cat({state.values.narrow(1, 0, options_.target_begin),
                           state.values.narrow(1, options_.target_end, after)}, 1);
  const at::Tensor raw = subnetwork_.reference(std::move(others), parameters).values;
  const at::Tensor clamped = (2 * kClamp / kPi) * at::atan(raw.narrow(1, 0, target_width()) / kClamp);
  return {clamped, raw.narrow(1, target_width(), target_width())};
}

at::Tensor AffineCoupling::joined(const at::Tensor& values, const at::Tensor& target) const {
  const std::int64_t after = options_.dimension - options_.target_end;
  return at::cat({values.narrow(1, 0, options_.target_begin), target,
                  values.narrow(1, options_.target_end, after)}, 1);
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

}  // namespace amortflow
