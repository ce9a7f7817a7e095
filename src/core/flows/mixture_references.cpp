// The reference form of mixtures of normals: their definition in LibTorch's operations.

#include <ATen/ops/atan.h>
#include <ATen/ops/clamp_max.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/stack.h>

#include "flows/mixture_head.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLogTwoPi = 1.83787706640934548356;
constexpr double kFarthest = 1e30;

/// r_i - sum_{j < i} B_ij r_j for `residual` [rows, d, K], `slopes` [rows, d (d - 1) / 2, K].
at::Tensor unscaled(const at::Tensor& residual, const at::Tensor& slopes) {
  std::vector<at::Tensor> all;
  for (std::int64_t i = 0; i < residual.size(1); ++i) {
    const at::Tensor explained = (slopes.narrow(1, i * (i - 1) / 2, i) * residual.narrow(1, 0, i)).sum(1);
    all.push_back(residual.select(1, i) - explained);
  }
  return at::stack(all, 1);
}

}  // namespace

LayerState MixtureHead::reference(LayerState state, const ParameterViews& parameters) const {
  const std::int64_t d = options_.dimension;
  LayerState nothing = state;
  nothing.values = state.values.narrow(1, 0, 0);
  const at::Tensor raw = subnetwork_.reference(std::move(nothing), parameters)
                             .values.reshape({state.values.size(0), -1, options_.components});
  const at::Tensor mean = raw.narrow(1, 1, d) + parameters[location_];
  const at::Tensor log_scale = (2 * kClamp / kPi) * at::atan(raw.narrow(1, 1 + d, d) / kClamp);
  const at::Tensor slopes = raw.narrow(1, 1 + 2 * d, d * (d - 1) / 2);
  const at::Tensor z = unscaled(state.values.unsqueeze(2) - mean, slopes) * at::exp(log_scale);
  const at::Tensor log_density = log_scale.sum(1) - at::clamp_max(0.5 * (z * z).sum(1), kFarthest);
  const at::Tensor log_weight = at::log_softmax(raw.select(1, 0), 1);
  state.values = 0.5 * static_cast<double>(d) * kLogTwoPi - at::logsumexp(log_weight + log_density, {1}, true);
  return state;
}

}  // namespace amortflow
