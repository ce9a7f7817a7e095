#pragma once

#include <array>
#include <cmath>
#include <cstddef>

#include "amortflow/examples/numpy_random.hpp"
#include "amortflow/philox.hpp"

namespace amortflow {
namespace examples {

/// The generalised linear model of the tasks bernoulli_glm and bernoulli_glm_raw of Lueckmann et al. (2021): a neuron
/// that sees 100 bins of white noise, the same in all simulations, through a filter of 9 bins.
struct glm_design {
  static constexpr std::size_t kBins = 100;
  static constexpr std::size_t kParameters = 10;  // offset and filter

  /// Row t: 1, then the stimulus at t, t - 1, ..., t - 8, and 0 before the start.
  std::array<std::array<double, kParameters>, kBins> rows{};

  glm_design() {
    numpy_random stimulus(42);
    for (std::size_t t = 0; t < kBins; ++t) {
      rows[t][0] = 1;
      const double value = static_cast<float>(stimulus.normal());  // the benchmark keeps it in single precision
      for (std::size_t lag = 0; lag < kParameters - 1 && t + lag < kBins; ++lag) rows[t + lag][lag + 1] = value;
    }
  }

  [[nodiscard]] double log_odds(std::size_t t, const double* theta) const {
    double sum = 0;
    for (std::size_t j = 0; j < kParameters; ++j) sum += rows[t][j] * theta[j];
    return sum;
  }
  [[nodiscard]] bool spike(std::size_t t, const double* theta, rng& random) const {
    return random.uniform() < 1 / (1 + std::exp(-log_odds(t, theta)));
  }
};

}  // namespace examples
}  // namespace amortflow
