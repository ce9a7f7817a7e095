#include "flows/consistency.h"

#include <cmath>

#include "flows/field_options.h"
#include "flows/noise_levels.h"

namespace amortflow {

namespace {

// As in path_field.cpp: those before belong to the loss.
enum Child : std::size_t { kField = 5 };
enum Slot : std::size_t { kPoints = 4 };

// log noise levels of training: Song and Dhariwal (2024), table 1.
constexpr double kLogLevelMean = -1.1;
constexpr double kLogLevelSd = 2.0;

}  // namespace

ConsistencyOptions ConsistencyOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "inference_consistency()");
  ConsistencyOptions options;
  reader.choice("kind", {"consistency"});
  options.field = read_field_options(reader);
  options.training_steps = reader.integer("training_steps", 2, 10000);
  options.steps = reader.integer("steps", 1, 1000);
  reader.finish();
  return options;
}

Consistency::Consistency(const ConsistencyOptions& options, std::int64_t dimension, std::int64_t condition_width)
    : options_(options), dimension_(dimension) {
  options_.field.dimension = dimension;
  options_.field.condition_width = condition_width;
  auto layer = std::make_unique<ConsistencyLoss>(options_.field);
  field_ = layer.get();
  loss_.add(std::move(layer));
}

void Consistency::fill_loss_noise(rng& random, float* row) const {
  const double level = log_normal_level(random, kLogLevelMean, kLogLevelSd);
  row[0] = static_cast<float>(angle_of(level));
  row[1] = static_cast<float>(angle_of(next_level(level, options_.training_steps)));
  for (std::int64_t j = 0; j < dimension_; ++j) row[2 + j] = static_cast<float>(random.normal());
}

Panel Consistency::draw(const Pass& pass, const Panel& noise, Scratch& scratch) const {
  const Panel points = scratch.panel(kPoints, noise.rows, dimension_);
  Panel draws = points;
  for (std::int64_t k = 0; k < options_.steps; ++k) {
    const auto time = static_cast<float>(angle_of(grid_level(k, options_.steps + 1)));
    const float signal = std::cos(time);
    const float added = std::sin(time);
    for (std::int64_t i = 0; i < points.rows; ++i) {
      const float* fresh = noise.values + i * noise.stride + k * dimension_;
      float* point = points.values + i * points.stride;
      for (std::int64_t j = 0; j < dimension_; ++j) {
        // The first point is all noise: what stands in the scratch may not be finite.
        point[j] = k == 0 ? fresh[j] : signal * draws.values[i * draws.stride + j] + added * fresh[j];
      }
    }
    draws = field_->consistent(pass, points, &time, 0, scratch.child(kField));
  }
  return draws;
}

}  // namespace amortflow
