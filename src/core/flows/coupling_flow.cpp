#include "flows/coupling_flow.h"

#include <algorithm>
#include <numeric>

#include "base/random.h"
#include "flows/act_norm_permutation.h"
#include "flows/affine_transform.h"
#include "flows/coupling.h"
#include "flows/inversion.h"
#include "flows/orthogonal_mixing.h"

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

/// The order of a step's variables; rotations leave it as it is.
std::vector<std::int64_t> order_of(const CouplingFlowOptions& options,
                                   std::int64_t dimension,
                                   std::uint64_t seed,
                                   std::int64_t layer) {
  if (options.permutation == "fixed") return permutation_of(dimension, seed, layer);
  std::vector<std::int64_t> order(static_cast<std::size_t>(dimension));
  std::iota(order.begin(), order.end(), 0);
  if (options.permutation == "swap" && layer > 0)
    std::rotate(order.begin(), order.begin() + dimension / 2, order.end());
  return order;
}

/// Interleaved: affine, spline, affine and so on (Radev et al. 2023).
std::shared_ptr<const VariableTransform> transform_of(const CouplingFlowOptions& options, std::int64_t layer) {
  const bool is_spline = options.transform == "spline" || (options.transform == "interleaved" && layer % 2 == 1);
  if (is_spline) return std::make_shared<SplineTransform>(options.spline);
  return std::make_shared<AffineTransform>();
}

}  // namespace

CouplingFlowOptions CouplingFlowOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_coupling_flow()");
  CouplingFlowOptions options;
  reader.choice("kind", {"coupling_flow"});
  options.transform = reader.choice("transform", {"affine", "spline", "interleaved"});
  options.depth = reader.integer("depth", 1, 64);
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  options.spline = SplineOptions::from_reader(reader);
  if (reader.has("permutation")) options.permutation = reader.choice("permutation", {"fixed", "swap", "orthogonal"});
  if (reader.has("base")) options.base = BaseOptions::from_spec(reader.child("base"));
  reader.finish();
  return options;
}

CouplingFlow::CouplingFlow(const CouplingFlowOptions& options,
                           std::int64_t dimension,
                           std::int64_t condition_width,
                           std::uint64_t seed)
    : dimension_(dimension) {
  CouplingOptions coupling;
  coupling.dimension = dimension;
  coupling.condition_width = condition_width;
  coupling.width = options.width;
  coupling.depth = options.hidden;
  coupling.activation = activation_from(options.activation);
  const std::int64_t middle = dimension / 2;
  const bool rotates = options.permutation == "orthogonal" && dimension > 1;
  for (std::int64_t layer = 0; layer < options.depth; ++layer) {
    network_.add(std::make_unique<ActNormPermutation>(order_of(options, dimension, seed, layer)));
    if (rotates) network_.add(std::make_unique<OrthogonalMixing>(dimension));
    const auto transform = transform_of(options, layer);
    coupling.target_begin = middle;
    coupling.target_end = dimension;
    network_.add(std::make_unique<Coupling>(coupling, transform));
    if (middle == 0) continue;
    coupling.target_begin = 0;
    coupling.target_end = middle;
    network_.add(std::make_unique<Coupling>(coupling, transform));
  }
  layers_per_step_ = network_.layers().size() / static_cast<std::size_t>(options.depth);
  auto base = make_base(options.base, dimension);
  base_ = base.get();
  network_.add(std::move(base));
}

Panel CouplingFlow::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  return invert_layers(network_, network_.layers().size() - 1, layers_per_step_, pass, noise, scratch);  // but the base
}

}  // namespace amortflow
