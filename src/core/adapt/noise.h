#pragma once

#include <cstdint>
#include <vector>

#include "base/batch.h"
#include "base/spec.h"

namespace amortflow {

/// Spike-and-slab noise on data in training (Ward, Cannon, Beaumont, Fasiolo and Schmon 2022): a number gets Cauchy
/// noise of scale `slab` with `probability`, else normal noise of standard deviation `spike`. Scales are those of the
/// networks.
struct DataNoise {
  double probability = 0;
  double spike = 0;
  double slab = 0;
  std::vector<std::vector<std::int64_t>> columns;  ///< of each observable, from 0: those that get noise

  /// list(probability, spike, slab, columns = <a list of the columns of each observable, from 1>). Throws ConfigError.
  [[nodiscard]] static DataNoise from_spec(const Spec& spec);
  [[nodiscard]] bool any() const { return !columns.empty(); }
};

/// Adds noise in place; data set i takes the stream of first_index + i, whatever else is in the batch. Throws
/// ShapeError where the batch has other observables or columns.
void add_noise(Batch& batch, const DataNoise& noise, std::uint64_t seed, std::uint64_t first_index);

}  // namespace amortflow
