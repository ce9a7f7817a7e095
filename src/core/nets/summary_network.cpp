#include "nets/summary_network.h"

#include "base/errors.h"
#include "nets/add_dense.h"
#include "nets/attention_summary.h"
#include "nets/branches.h"
#include "nets/convolution.h"
#include "nets/convolution_summary.h"
#include "nets/equivariant_dense.h"
#include "nets/hierarchical_summary.h"
#include "nets/long_short_term.h"
#include "nets/recurrent.h"
#include "nets/segment_flatten.h"
#include "nets/segment_patches.h"
#include "nets/segment_pool.h"
#include "nets/summary_limits.h"

namespace amortflow {

namespace {

Network deep_set(const DeepSetOptions& options, std::int64_t data_width) {
  const Activation activation = activation_from(options.activation);
  Network network;
  std::int64_t width = data_width;
  for (std::int64_t module = 0; module <= options.equivariant; ++module) {
    for (std::int64_t i = 0; i < options.depth; ++i) {
      if (module > 0 && i == 0) {
        network.add(std::make_unique<EquivariantDense>(EquivariantDenseOptions{width, options.width, activation}));
      } else {
        add_dense(network, width, options.width, activation);
      }
      width = options.width;
    }
  }
  network.add(std::make_unique<SegmentMean>(width, options.log_size_center));
  ++width;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    add_dense(network, width, options.width, activation);
    width = options.width;
  }
  add_dense(network, width, options.summary_dim, Activation::kIdentity);
  return network;
}

std::unique_ptr<Layer> recurrent_layer(const TimeSeriesOptions& options, std::int64_t input_width) {
  const RecurrentOptions recurrent{input_width, options.recurrent_dim, options.bidirectional};
  if (options.recurrent == "lstm") return std::make_unique<LongShortTerm>(recurrent);
  return std::make_unique<Recurrent>(recurrent);
}

/// The recurrent layer beside another one that reads `skip_steps` positions at a time (Lai et al. 2018).
std::unique_ptr<Layer> with_skips(const TimeSeriesOptions& options, Activation activation) {
  const std::int64_t patch = options.skip_steps * options.filters;
  std::vector<Network> branches(2);
  branches[0].add(recurrent_layer(options, options.filters));
  branches[1].add(std::make_unique<SegmentPatches>(options.skip_steps, options.filters));
  add_dense(branches[1], patch, patch, activation);
  branches[1].add(recurrent_layer(options, patch));
  return std::make_unique<Branches>(std::move(branches));
}

Network time_series(const TimeSeriesOptions& options, std::int64_t data_width) {
  const Activation activation = activation_from(options.activation);
  Network network;
  network.add(
      std::make_unique<Convolution>(ConvolutionOptions{data_width, options.filters, options.kernel_size, activation}));
  network.add(options.skip_steps > 0 ? with_skips(options, activation) : recurrent_layer(options, options.filters));
  add_dense(network, network.layers().back()->output_width(), options.summary_dim, Activation::kIdentity);
  return network;
}

Network dense_summary(const DenseSummaryOptions& options, std::int64_t data_width) {
  const Activation activation = activation_from(options.activation);
  Network network;
  network.add(std::make_unique<SegmentFlatten>(options.positions, data_width));
  std::int64_t width = options.positions * data_width;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    add_dense(network, width, options.width, activation, i > 0);
    width = options.width;
  }
  add_dense(network, width, options.summary_dim, Activation::kIdentity);
  return network;
}

}  // namespace

DeepSetOptions DeepSetOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "summary_deep_set()");
  DeepSetOptions options;
  reader.choice("kind", {"deep_set"});
  options.summary_dim = reader.integer("summary_dim", 1, kWidest);
  options.width = reader.integer("width", 1, kWidest);
  options.depth = reader.integer("depth", 1, kDeepest);
  options.equivariant = reader.integer("equivariant", 0, kDeepest);
  options.activation = reader.text("activation");
  options.log_size_center = reader.number("log_size_center");
  reader.finish();
  return options;
}

TimeSeriesOptions TimeSeriesOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "summary_time_series()");
  TimeSeriesOptions options;
  reader.choice("kind", {"time_series"});
  options.summary_dim = reader.integer("summary_dim", 1, kWidest);
  options.filters = reader.integer("filters", 1, kWidest);
  options.kernel_size = reader.integer("kernel_size", 1, kWidest);
  options.recurrent_dim = reader.integer("recurrent_dim", 1, kWidest);
  options.bidirectional = reader.flag("bidirectional");
  options.activation = reader.text("activation");
  // Files from before these two have neither.
  if (reader.has("recurrent")) options.recurrent = reader.choice("recurrent", {"gru", "lstm"});
  if (reader.has("skip_steps")) options.skip_steps = reader.integer("skip_steps", 0, kWidest);
  reader.finish();
  return options;
}

DenseSummaryOptions DenseSummaryOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "summary_mlp()");
  DenseSummaryOptions options;
  reader.choice("kind", {"dense"});
  options.summary_dim = reader.integer("summary_dim", 1, kWidest);
  options.positions = reader.integer("positions", 1, kLongest);
  options.width = reader.integer("width", 1, kWidest);
  options.depth = reader.integer("depth", 1, kDeepest);
  options.activation = reader.text("activation");
  reader.finish();
  return options;
}

Network make_summary_network(const Spec& spec, std::int64_t data_width) {
  const std::string name = spec.kind();
  if (name == "deep_set") return deep_set(DeepSetOptions::from_spec(spec), data_width);
  if (name == "time_series") return time_series(TimeSeriesOptions::from_spec(spec), data_width);
  if (name == "dense") return dense_summary(DenseSummaryOptions::from_spec(spec), data_width);
  if (name == "set_transformer") return set_transformer(SetTransformerOptions::from_spec(spec), data_width);
  if (name == "transformer") return series_transformer(SeriesTransformerOptions::from_spec(spec), data_width);
  if (name == "convolution") return make_convolution_summary(ConvolutionSummaryOptions::from_spec(spec), data_width);
  if (name == "hierarchical") return make_hierarchical_summary(spec, data_width);
  if (name == "identity") {
    SpecReader reader(spec, "summary_identity()");
    reader.choice("kind", {"identity"});
    reader.finish();
    return Network();
  }
  throw ConfigError("There is no summary network of kind \"" + name + "\".");
}

}  // namespace amortflow
