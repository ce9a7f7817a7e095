#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "amortflow/philox.hpp"

/// Sample moments and shares for comparison with exact ones. All bounds below are in standard errors: at 5.0 of them
/// one comparison raises a false alarm with probability 5.7e-7; the 450 comparisons of these tests with 2.6e-4.
namespace moments {

inline constexpr double kBound = 5.0;

using Draw = std::function<double(amortflow::rng&)>;

inline std::vector<double> sample(std::uint64_t seed, int count, const Draw& draw) {
  amortflow::rng random(seed);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (auto& value : values) value = draw(random);
  return values;
}

inline double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// (sample mean - exact mean) in standard errors of the exact variance.
inline double mean_score(const std::vector<double>& values, double exact_mean, double exact_variance) {
  return (mean(values) - exact_mean) / std::sqrt(exact_variance / static_cast<double>(values.size()));
}

/// (sample variance about the exact mean - exact variance) in standard errors estimated from the sample.
inline double variance_score(std::vector<double> values, double exact_mean, double exact_variance) {
  for (auto& value : values) value = (value - exact_mean) * (value - exact_mean);
  const double center = mean(values);
  double spread = 0;
  for (const double value : values) spread += (value - center) * (value - center);
  const auto n = static_cast<double>(values.size());
  return (center - exact_variance) / std::sqrt(spread / n / n);
}

/// (share of the sample at or below x - exact probability) in exact standard errors.
inline double share_score(const std::vector<double>& values, double x, double exact_probability) {
  double count = 0;
  for (const double value : values) count += value <= x ? 1 : 0;
  const auto n = static_cast<double>(values.size());
  return (count / n - exact_probability) / std::sqrt(exact_probability * (1 - exact_probability) / n);
}

}  // namespace moments
