#include "nets/attention_summary.h"

#include "base/errors.h"
#include "nets/add_dense.h"
#include "nets/attention_pool.h"
#include "nets/feed_forward.h"
#include "nets/induced_attention.h"
#include "nets/layer_norm.h"
#include "nets/position_features.h"
#include "nets/residual.h"
#include "nets/self_attention.h"
#include "nets/summary_limits.h"

namespace amortflow {

namespace {

void read_common(SpecReader& reader, AttentionSummaryOptions& options) {
  options.summary_dim = reader.integer("summary_dim", 1, kWidest);
  options.width = reader.integer("width", 1, kWidest);
  options.heads = reader.integer("heads", 1, kWidest);
  options.blocks = reader.integer("blocks", 0, kDeepest);
  options.feedforward = reader.integer("feedforward", 1, kWidest);
  options.inducing_points = reader.integer("inducing_points", 0, kWidest);
  options.seeds = reader.integer("seeds", 1, kWidest);
  options.activation = reader.text("activation");
  options.log_size_center = reader.number("log_size_center");
}

std::unique_ptr<Layer> attention_block(const AttentionSummaryOptions& options, Activation activation) {
  Network layers;
  layers.add(std::make_unique<LayerNorm>(options.width));
  if (options.inducing_points == 0) {
    layers.add(std::make_unique<SelfAttention>(options.width, options.heads));
  } else {
    layers.add(std::make_unique<InducedAttention>(InducedAttentionOptions{
        options.width, options.heads, options.inducing_points, options.feedforward, activation}));
  }
  return std::make_unique<Residual>(std::move(layers), Network());
}

void add_body(Network& network, const AttentionSummaryOptions& options, std::int64_t input_width) {
  const Activation activation = activation_from(options.activation);
  add_dense(network, input_width, options.width, activation);
  add_dense(network, options.width, options.width, Activation::kIdentity);
  for (std::int64_t i = 0; i < options.blocks; ++i) {
    network.add(attention_block(options, activation));
    network.add(feed_forward_block(options.width, options.feedforward, activation));
  }
  network.add(std::make_unique<LayerNorm>(options.width));
  auto pool = std::make_unique<AttentionPool>(
      AttentionPoolOptions{options.width, options.heads, options.seeds, PooledForm::kJoined, options.log_size_center});
  const std::int64_t pooled = pool->output_width();
  network.add(std::move(pool));
  add_dense(network, pooled, options.feedforward, activation);
  add_dense(network, options.feedforward, options.summary_dim, Activation::kIdentity);
}

}  // namespace

SetTransformerOptions SetTransformerOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "summary_set_transformer()");
  SetTransformerOptions options;
  reader.choice("kind", {"set_transformer"});
  read_common(reader, options);
  reader.finish();
  return options;
}

SeriesTransformerOptions SeriesTransformerOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "summary_transformer()");
  SeriesTransformerOptions options;
  reader.choice("kind", {"transformer"});
  read_common(reader, options);
  options.time_frequencies = reader.integer("time_frequencies", 1, kWidest);
  reader.finish();
  return options;
}

Network set_transformer(const SetTransformerOptions& options, std::int64_t data_width) {
  Network network;
  add_body(network, options, data_width);
  return network;
}

Network series_transformer(const SeriesTransformerOptions& options, std::int64_t data_width) {
  Network network;
  auto positions = std::make_unique<PositionFeatures>(data_width, options.time_frequencies);
  const std::int64_t width = positions->output_width();
  network.add(std::move(positions));
  add_body(network, options, width);
  return network;
}

}  // namespace amortflow
