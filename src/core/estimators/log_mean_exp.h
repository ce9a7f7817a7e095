#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace amortflow {

/// log(mean(exp(x))).
[[nodiscard]] inline double log_mean_exp(const std::vector<double>& x) {
  const double largest = *std::max_element(x.begin(), x.end());
  if (!std::isfinite(largest)) return largest;
  double sum = 0;
  for (const double each : x) sum += std::exp(each - largest);
  return largest + std::log(sum / static_cast<double>(x.size()));
}

}  // namespace amortflow
