#pragma once

#include <cstdint>

#include "base/parameter_store.h"
#include "base/random.h"

namespace amortflow::test {

/// Moves every parameter off its start (couplings start at zero), so that no gradient vanishes by design.
inline void perturb(ParameterStore& store, std::uint64_t seed, double scale = 0.2) {
  for (std::size_t e = 0; e < store.layout().entries().size(); ++e) {
    const ParameterEntry& entry = store.layout().entries()[e];
    rng random = stream(seed, Purpose::kCheck, e + 1);
    float* values = store.at(static_cast<std::int64_t>(e));
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      for (std::int64_t j = 0; j < entry.cols; ++j) {
        values[i * entry.stride + j] += static_cast<float>(scale * random.normal());
      }
    }
  }
  store.restore_zeros();
}

}  // namespace amortflow::test
