#include "adapt/noise.h"

#include <string>

#include "amortflow/continuous.hpp"
#include "base/errors.h"
#include "base/random.h"

namespace amortflow {

namespace {

constexpr double kLargestScale = 1e6;

std::vector<std::int64_t> read_columns(const Spec& spec) {
  std::vector<std::int64_t> columns;
  SpecReader reader(spec, "the noise of an observable");
  for (const double column : reader.numbers("columns")) {
    if (!(column >= 1)) throw ConfigError("Columns that get noise must be counted from 1.");
    columns.push_back(static_cast<std::int64_t>(column) - 1);
  }
  reader.finish();
  return columns;
}

void check_columns_of(const Batch& batch, const DataNoise& noise) {
  bool fits = batch.observed.size() == noise.columns.size();
  for (std::size_t k = 0; fits && k < noise.columns.size(); ++k) {
    for (const auto column : noise.columns[k]) fits = fits && column < batch.observed[k].values.cols;
  }
  if (!fits) throw ShapeError("noise must be of the observables and columns that the data have");
}

double draw(const DataNoise& noise, rng& random) {
  if (random.uniform() < noise.probability) return cauchy(random, 0, noise.slab);
  return noise.spike > 0 ? noise.spike * random.normal() : 0;
}

}  // namespace

DataNoise DataNoise::from_spec(const Spec& spec) {
  SpecReader reader(spec, "spike_and_slab()");
  DataNoise noise;
  noise.probability = reader.number("probability", 0, 1);
  noise.spike = reader.number("spike", 0, kLargestScale);
  noise.slab = reader.number("slab", 0, kLargestScale);
  const Spec& columns = reader.child("columns");
  if (columns.list() == nullptr) throw ConfigError("Columns that get noise must be a list, one entry per observable.");
  for (const auto& entry : *columns.list()) noise.columns.push_back(read_columns(entry.second));
  reader.finish();
  return noise;
}

void add_noise(Batch& batch, const DataNoise& noise, std::uint64_t seed, std::uint64_t first_index) {
  check_columns_of(batch, noise);
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    rng random = stream(seed, Purpose::kDataNoise, first_index + static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < noise.columns.size(); ++k) {
      auto& rows = batch.observed[k];
      const auto end = rows.segments.offsets[static_cast<std::size_t>(i + 1)];
      for (auto row = rows.segments.offsets[static_cast<std::size_t>(i)]; row < end; ++row) {
        for (const auto column : noise.columns[k]) rows.values(row, column) += static_cast<float>(draw(noise, random));
      }
    }
  }
}

}  // namespace amortflow
