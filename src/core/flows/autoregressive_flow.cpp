#include "flows/autoregressive_flow.h"

#include <algorithm>
#include <numeric>

#include "flows/act_norm_permutation.h"
#include "flows/affine_transform.h"
#include "flows/autoregressive.h"
#include "flows/inversion.h"
#include "flows/normal_base.h"

namespace amortflow {

namespace {

/// The order is turned round before every layer but the first, so that each variable comes late in every other one.
std::vector<std::int64_t> order_of(std::int64_t dimension, std::int64_t layer) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(dimension));
  std::iota(order.begin(), order.end(), 0);
  if (layer > 0) std::reverse(order.begin(), order.end());
  return order;
}

std::shared_ptr<const VariableTransform> transform_of(const AutoregressiveFlowOptions& options) {
  if (options.transform == "spline") return std::make_shared<SplineTransform>(options.spline);
  return std::make_shared<AffineTransform>();
}

}  // namespace

AutoregressiveFlowOptions AutoregressiveFlowOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_autoregressive_flow()");
  AutoregressiveFlowOptions options;
  reader.choice("kind", {"autoregressive_flow"});
  options.transform = reader.choice("transform", {"affine", "spline"});
  options.depth = reader.integer("depth", 1, 64);
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  options.spline = SplineOptions::from_reader(reader);
  reader.finish();
  return options;
}

AutoregressiveFlow::AutoregressiveFlow(const AutoregressiveFlowOptions& options,
                                       std::int64_t dimension,
                                       std::int64_t condition_width)
    : dimension_(dimension) {
  AutoregressiveOptions layer;
  layer.dimension = dimension;
  layer.condition_width = condition_width;
  layer.width = options.width;
  layer.depth = options.hidden;
  layer.activation = activation_from(options.activation);
  const auto transform = transform_of(options);
  for (std::int64_t i = 0; i < options.depth; ++i) {
    network_.add(std::make_unique<ActNormPermutation>(order_of(dimension, i)));
    network_.add(std::make_unique<Autoregressive>(layer, transform));
  }
  network_.add(std::make_unique<NormalBase>(dimension));
}

Panel AutoregressiveFlow::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  return invert_layers(network_, network_.layers().size() - 1, 2, pass, noise, scratch);  // but the base
}

}  // namespace amortflow
