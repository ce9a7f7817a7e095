#pragma once

#include <cstdint>

#include "base/random.h"

namespace amortflow {

/// Noise levels s = noise / signal of diffusion and consistency models, for parameters of variance 1.
constexpr double kLeastNoise = 0.002;  // Karras et al. (2022), table 1
constexpr double kMostNoise = 80;

/// The time at which the angular path has noise level `level`.
[[nodiscard]] double angle_of(double level);

/// Level i of a grid of `steps` from the most noise (i = 0) to the least (i = steps - 1), evenly spaced in level^(1/7)
/// (Karras et al. 2022, equation 5); 0 for i = steps.
[[nodiscard]] double grid_level(std::int64_t i, std::int64_t steps);

/// The level that comes after `level` where the grid has `steps`: 0 after the least noise.
[[nodiscard]] double next_level(double level, std::int64_t steps);

/// exp(mean + sd * standard normal), within the least and the most noise.
[[nodiscard]] double log_normal_level(rng& random, double mean, double sd);

}  // namespace amortflow
