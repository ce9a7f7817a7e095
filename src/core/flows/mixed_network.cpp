#include "flows/mixed_network.h"

#include "base/errors.h"

namespace amortflow {

namespace {

std::vector<CategoricalColumn> categorical_columns(SpecReader& reader) {
  const std::vector<double> columns = reader.numbers("columns");
  const std::vector<double> levels = reader.numbers("levels");
  if (columns.empty() || columns.size() != levels.size()) {
    throw ConfigError("mixed variables must have as many numbers of levels as categorical columns, at least one");
  }
  std::vector<CategoricalColumn> variables;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    variables.push_back({static_cast<std::int64_t>(columns[k]), static_cast<std::int64_t>(levels[k])});
  }
  return variables;
}

}  // namespace

MixedOptions MixedOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "a network of mixed variables");
  MixedOptions options;
  reader.choice("kind", {"mixed"});
  options.categorical = categorical_columns(reader);
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  if (reader.has("continuous")) options.continuous = reader.child("continuous");
  reader.finish();
  return options;
}

MixedNetwork::MixedNetwork(const MixedOptions& options,
                           std::int64_t dimension,
                           std::int64_t condition_width,
                           std::uint64_t seed)
    : dimension_(dimension) {
  MixedHeadOptions head;
  head.dimension = dimension;
  head.condition_width = condition_width;
  head.categorical = options.categorical;
  head.width = options.width;
  head.depth = options.hidden;
  head.activation = activation_from(options.activation);
  auto layer = std::make_unique<MixedHead>(head, [&](std::int64_t own_dimension, std::int64_t own_condition) {
    return make_inference_network(options.continuous, own_dimension, own_condition, seed);
  });
  head_ = layer.get();
  continuous_ = layer->continuous();
  network_.add(std::move(layer));
}

std::int64_t MixedNetwork::loss_noise_width() const {
  return continuous_ == nullptr ? 0 : continuous_->loss_noise_width();
}

void MixedNetwork::fill_loss_noise(rng& random, float* row) const {
  if (continuous_ != nullptr) continuous_->fill_loss_noise(random, row);
}

std::int64_t MixedNetwork::draw_noise_width() const {
  return 1 + (continuous_ == nullptr ? 0 : continuous_->draw_noise_width());
}

void MixedNetwork::fill_draw_noise(const ParameterStore& parameters, rng& random, float* row) const {
  row[0] = static_cast<float>(random.uniform());
  if (continuous_ != nullptr) continuous_->fill_draw_noise(parameters, random, row + 1);
}

std::int64_t MixedNetwork::rows_at_once() const {
  return continuous_ == nullptr ? InferenceNetwork::rows_at_once() : continuous_->rows_at_once();
}

bool MixedNetwork::has_density() const { return continuous_ == nullptr || continuous_->has_density(); }

bool MixedNetwork::loss_is_density() const { return continuous_ == nullptr || continuous_->loss_is_density(); }

Panel MixedNetwork::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  enum Slot : std::size_t { kDraws };
  const Panel draws = scratch.panel(kDraws, noise.rows, dimension_);
  head_->draw(pass, noise, draws, scratch.child(0));
  return draws;
}

Panel MixedNetwork::negative_log_density(const Pass& pass, const Panel& values, Scratch& scratch) const {
  enum Slot : std::size_t { kDensities = 1 };
  const Panel densities = scratch.panel(kDensities, values.rows, 1);
  head_->evaluate(pass, values, densities, true, scratch.child(0));
  return densities;
}

}  // namespace amortflow
