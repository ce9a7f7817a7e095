#include "flows/coupling_flow.h"

#include <algorithm>
#include <numeric>

#include <ATen/ops/zeros.h>

#include "base/random.h"
#include "flows/act_norm_permutation.h"
#include "flows/affine_coupling.h"
#include "flows/normal_base.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

/// Fisher-Yates from Philox; up to three variables are rotated instead, because random permutations of so few leave the
/// same variable in the same half too often.
std::vector<std::int64_t> permutation_of(std::int64_t dimension, std::uint64_t seed, std::int64_t layer) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(dimension));
  std::iota(order.begin(), order.end(), 0);
  if (layer == 0 || dimension < 2) return order;
  if (dimension <= 3) {
    std::rotate(order.begin(), order.begin() + 1, order.end());
    return order;
  }
  rng random = stream(seed, Purpose::kPermutation, static_cast<std::uint64_t>(layer));
  for (std::size_t i = order.size() - 1; i > 0; --i) {
    const auto j = static_cast<std::size_t>(random.uniform() * static_cast<double>(i + 1));
    std::swap(order[i], order[j]);
  }
  return order;
}

LayerState start(const at::Tensor& values, const at::Tensor& condition) {
  LayerState state;
  state.values = values;
  state.condition = condition;
  state.log_det = at::zeros({values.size(0)}, values.options().requires_grad(false));
  state.segments = Segments::uniform(values.size(0), 1);
  return state;
}

}  // namespace

CouplingFlowOptions CouplingFlowOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_coupling_flow()");
  CouplingFlowOptions options;
  reader.choice("kind", {"coupling_flow"});
  reader.choice("transform", {"affine"});
  options.depth = reader.integer("depth", 1, 64);
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  reader.finish();
  return options;
}

CouplingFlow::CouplingFlow(const CouplingFlowOptions& options,
                           std::int64_t dimension,
                           std::int64_t condition_width,
                           std::uint64_t seed) {
  AffineCouplingOptions coupling;
  coupling.dimension = dimension;
  coupling.condition_width = condition_width;
  coupling.width = options.width;
  coupling.depth = options.hidden;
  coupling.activation = activation_from(options.activation);
  const std::int64_t middle = dimension / 2;
  for (std::int64_t layer = 0; layer < options.depth; ++layer) {
    network_.add(std::make_unique<ActNormPermutation>(permutation_of(dimension, seed, layer)));
    coupling.target_begin = middle;
    coupling.target_end = dimension;
    network_.add(std::make_unique<AffineCoupling>(coupling));
    if (middle == 0) continue;
    coupling.target_begin = 0;
    coupling.target_end = middle;
    network_.add(std::make_unique<AffineCoupling>(coupling));
  }
  network_.add(std::make_unique<NormalBase>(dimension));
}

at::Tensor CouplingFlow::negative_log_density(const at::Tensor& values,
                                              const at::Tensor& condition,
                                              const ParameterViews& parameters,
                                              NetworkWorkspace& workspace) const {
  return walk(network_, start(values, condition), parameters, workspace).values.squeeze(1);
}

at::Tensor CouplingFlow::negative_log_density_reference(const at::Tensor& values,
                                                        const at::Tensor& condition,
                                                        const ParameterViews& parameters) const {
  return network_.reference(start(values, condition), parameters).values.squeeze(1);
}

at::Tensor CouplingFlow::inverse_reference(const at::Tensor& noise,
                                           const at::Tensor& condition,
                                           const ParameterViews& parameters) const {
  LayerState state = start(noise, condition);
  for (auto layer = network_.layers().rbegin(); layer != network_.layers().rend(); ++layer) {
    if (const auto* step = dynamic_cast<const InvertibleLayer*>(layer->get())) {
      state = step->inverse(std::move(state), parameters);
    }
  }
  return state.values;
}

void CouplingFlow::inverse(Matrix<float>& noise,
                           const Matrix<float>& condition,
                           const ParameterStore& parameters,
                           Scratch& scratch) const {
  const Kernels& k = kernels();
  Pass pass;
  pass.parameters = &parameters;
  pass.condition = scratch.panel(0, condition.rows, condition.cols);
  const auto rows_of = [](const Matrix<float>& m) { return ConstRows{m.values.data(), m.rows, m.cols, m.cols}; };
  k.copy(rows_of(condition), pass.condition.view(), false);
  Panel out = scratch.panel(1, noise.rows, noise.cols);
  Panel in = scratch.panel(2, noise.rows, noise.cols);
  k.copy(rows_of(noise), out.view(), false);
  const auto& layers = network_.layers();
  for (std::size_t i = layers.size(); i-- > 0;) {
    const auto* step = dynamic_cast<const InvertibleLayer*>(layers[i].get());
    if (step == nullptr) continue;
    step->invert(pass, out, in, scratch.child(i));
    std::swap(in, out);
  }
  k.copy(out.view(), Rows{noise.values.data(), noise.rows, noise.cols, noise.cols}, false);
}

}  // namespace amortflow
