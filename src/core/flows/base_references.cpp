// The reference forms of learned bases and rotations: their definitions in LibTorch's operations.

#include <cmath>

#include <ATen/ops/clamp.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/full.h>
#include <ATen/ops/lgamma.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log1p.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mm.h>

#include "flows/mixture_base.h"
#include "flows/orthogonal_mixing.h"
#include "flows/student_base.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

LayerState StudentBase::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor& z = state.values;
  const at::Tensor df = learned_ ? at::clamp(at::exp(parameters[log_df_]), kLeastDf, kMostDf)
                                 : at::full({1, dimension_}, df_, z.options().requires_grad(false));
  const at::Tensor at_zero = at::lgamma(0.5 * df) - at::lgamma(0.5 * (df + 1)) + 0.5 * at::log(df * kPi);
  const at::Tensor negative = at_zero + 0.5 * (df + 1) * at::log1p(z * z / df);
  state.values = (negative.sum(1) - state.log_det).unsqueeze(1);
  return state;
}

LayerState MixtureBase::reference(LayerState state, const ParameterViews& parameters) const {
  const auto given = [&](std::int64_t entry) { return learned_ ? parameters[entry] : parameters[entry].detach(); };
  const at::Tensor log_sd = given(log_sd_);
  const at::Tensor u = (state.values.unsqueeze(1) - given(mean_)) * at::exp(-log_sd);
  const at::Tensor of_components = at::log_softmax(given(raw_weight_), 1) - (0.5 * u * u + log_sd).sum(2);
  const double constant = 0.5 * static_cast<double>(dimension_) * std::log(2 * kPi);
  state.values = (constant - at::logsumexp(of_components, {1}) - state.log_det).unsqueeze(1);
  return state;
}

at::Tensor OrthogonalMixing::matrix(const ParameterViews& parameters) const {
  const at::Tensor& all = parameters[reflections_];
  at::Tensor q = at::eye(dimension_, all.options().requires_grad(false));
  for (std::int64_t m = 0; m < dimension_; ++m) {
    const at::Tensor v = all.narrow(0, m, 1);
    q = q - at::mm(at::mm(q, v.t()), v) * (2 / (v * v).sum());
  }
  return q;
}

LayerState OrthogonalMixing::reference(LayerState state, const ParameterViews& parameters) const {
  state.values = at::mm(state.values, matrix(parameters));
  return state;
}

LayerState OrthogonalMixing::inverse(LayerState state, const ParameterViews& parameters) const {
  state.values = at::mm(state.values, matrix(parameters).t());
  return state;
}

}  // namespace amortflow
