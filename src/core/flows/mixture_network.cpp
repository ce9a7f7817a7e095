#include "flows/mixture_network.h"

namespace amortflow {

MixtureOptions MixtureOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_mixture()");
  MixtureOptions options;
  reader.choice("kind", {"mixture"});
  options.components = reader.integer("components", 1, kMostComponents);
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  reader.finish();
  return options;
}

MixtureNetwork::MixtureNetwork(const MixtureOptions& options, std::int64_t dimension, std::int64_t condition_width)
    : dimension_(dimension) {
  MixtureHeadOptions head;
  head.dimension = dimension;
  head.condition_width = condition_width;
  head.components = options.components;
  head.width = options.width;
  head.depth = options.hidden;
  head.activation = activation_from(options.activation);
  auto layer = std::make_unique<MixtureHead>(head);
  head_ = layer.get();
  network_.add(std::move(layer));
}

void MixtureNetwork::fill_draw_noise(const ParameterStore&, rng& random, float* row) const {
  for (std::int64_t j = 0; j < dimension_; ++j) row[j] = static_cast<float>(random.normal());
  row[dimension_] = static_cast<float>(random.uniform());
}

Panel MixtureNetwork::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  enum Slot : std::size_t { kDraws };
  scratch.output_segments.assign_uniform(noise.rows, 1);
  scratch.child(0).segments = &scratch.output_segments;
  const Panel draws = scratch.panel(kDraws, noise.rows, dimension_);
  head_->draw(pass, noise, draws, scratch.child(0));
  return draws;
}

}  // namespace amortflow
