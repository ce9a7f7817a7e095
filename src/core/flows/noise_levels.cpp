#include "flows/noise_levels.h"

#include <algorithm>
#include <cmath>

namespace amortflow {

namespace {

constexpr double kRho = 7;

}  // namespace

double angle_of(double level) { return std::atan(level); }

double grid_level(std::int64_t i, std::int64_t steps) {
  if (i >= steps) return 0;
  const double most = std::pow(kMostNoise, 1 / kRho);
  const double least = std::pow(kLeastNoise, 1 / kRho);
  const double share = steps > 1 ? static_cast<double>(i) / static_cast<double>(steps - 1) : 0;
  return std::pow(most + share * (least - most), kRho);
}

double next_level(double level, std::int64_t steps) {
  const double most = std::pow(kMostNoise, 1 / kRho);
  const double least = std::pow(kLeastNoise, 1 / kRho);
  const double next = std::pow(level, 1 / kRho) - (most - least) / static_cast<double>(steps - 1);
  return next < least ? 0 : std::pow(next, kRho);
}

double log_normal_level(rng& random, double mean, double sd) {
  return std::min(kMostNoise, std::max(kLeastNoise, std::exp(mean + sd * random.normal())));
}

}  // namespace amortflow
