#include "flows/field_network.h"

#include <cstring>
#include <utility>

#include "kernels/dispatch.h"
#include "nets/dense.h"
#include "nets/layer_run.h"
#include "nets/residual.h"
#include "nets/time_features.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kJoined, kJoinedGradient, kEmbeddingGradient };
enum Child : std::size_t { kEmbedding, kStack };

std::size_t bytes(const Panel& panel) { return sizeof(float) * static_cast<std::size_t>(panel.rows * panel.stride); }

/// x + a([x, condition] W1 + b1) W2 + b2. W2 starts at zero, so that a stack of any depth starts as the identity.
std::unique_ptr<Layer> block(const FieldNetworkOptions& options, std::int64_t condition_width) {
  Network branch;
  DenseOptions dense;
  dense.input_width = options.width;
  dense.condition_width = condition_width;
  dense.output_width = options.width;
  dense.activation = options.activation;
  branch.add(std::make_unique<Dense>(dense));
  dense.condition_width = 0;
  dense.activation = Activation::kIdentity;
  dense.starts_at_zero = true;
  branch.add(std::make_unique<Dense>(dense));
  return std::make_unique<Residual>(std::move(branch), Network());
}

}  // namespace

FieldNetwork::FieldNetwork(const FieldNetworkOptions& options) : options_(options) {
  const TimeFeaturesOptions features{kTimeCoordinates, 4};
  embedding_.add(std::make_unique<TimeFeatures>(features));
  DenseOptions dense;
  dense.input_width = embedding_.output_width(kTimeCoordinates);
  dense.output_width = options.embedding;
  dense.activation = options.activation;
  embedding_.add(std::make_unique<Dense>(dense));

  const std::int64_t joined = options.condition_width + options.embedding;
  dense.input_width = options.dimension;
  dense.condition_width = joined;
  dense.output_width = options.width;
  dense.activation = Activation::kIdentity;
  stack_.add(std::make_unique<Dense>(dense));
  for (std::int64_t i = 0; i < options.blocks; ++i) stack_.add(block(options, joined));
  dense.input_width = options.width;
  dense.condition_width = 0;
  dense.output_width = options.dimension;
  dense.starts_at_zero = true;
  stack_.add(std::make_unique<Dense>(dense));
}

void FieldNetwork::declare(ParameterLayout& layout, const std::string& prefix) {
  embedding_.declare(layout, prefix + ".time");
  stack_.declare(layout, prefix + ".field");
}

Panel FieldNetwork::forward(const Pass& pass, const Panel& z, const Panel& coordinates, Scratch& scratch) const {
  const Kernels& k = kernels();
  scratch.output_segments.assign_uniform(z.rows, 1);
  Pass own = pass;
  own.condition = scratch.panel(kJoined, z.rows, options_.condition_width + options_.embedding);
  const Panel embedded = run_forward(embedding_, 0, embedding_.layers().size(), pass, coordinates,
                                     scratch.output_segments, scratch.child(kEmbedding));
  if (options_.condition_width > 0) {
    k.copy(pass.condition.view(), own.condition.columns(0, options_.condition_width), false);
  }
  k.copy(embedded.view(), own.condition.columns(options_.condition_width, options_.embedding), false);
  return run_forward(stack_, 0, stack_.layers().size(), own, z, scratch.output_segments, scratch.child(kStack));
}

Panel FieldNetwork::backward(const Pass& pass, const Panel& out_gradient, bool wants_input, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = options_.condition_width;
  const bool wants_condition = width > 0 && pass.condition_gradient.values != nullptr;
  const std::int64_t joined = width + options_.embedding;
  Pass own = pass;
  own.condition = scratch.panel(kJoined, out_gradient.rows, joined);
  own.condition_gradient = Panel{};
  if (wants_condition || pass.gradient != nullptr) {
    own.condition_gradient = scratch.panel(kJoinedGradient, out_gradient.rows, joined);
    std::memset(own.condition_gradient.values, 0, bytes(own.condition_gradient));
  }
  const Panel in_gradient =
      run_backward(stack_, 0, stack_.layers().size(), own, out_gradient, wants_input, scratch.child(kStack));
  if (wants_condition) k.copy(own.condition_gradient.columns(0, width), pass.condition_gradient.view(), true);
  if (pass.gradient == nullptr) return in_gradient;
  const Panel of_embedding = scratch.panel(kEmbeddingGradient, out_gradient.rows, options_.embedding);
  k.copy(own.condition_gradient.columns(width, options_.embedding), of_embedding.view(), false);
  run_backward(embedding_, 0, embedding_.layers().size(), pass, of_embedding, false, scratch.child(kEmbedding));
  return in_gradient;
}

}  // namespace amortflow
