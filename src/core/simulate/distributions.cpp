#include "simulate/distributions.h"

#include <algorithm>

#include "simulate/distribution_families.h"

namespace amortflow {

namespace {

std::vector<Distribution> all_distributions() {
  std::vector<Distribution> all;
  for (const auto& family : {location_scale_distributions(), skewed_distributions(), positive_distributions(),
                             heavy_tailed_distributions(), bounded_distributions(), discrete_distributions()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  std::sort(all.begin(), all.end(),
            [](const Distribution& x, const Distribution& y) { return std::string(x.name) < y.name; });
  return all;
}

}  // namespace

const std::vector<Distribution>& distributions() {
  static const std::vector<Distribution> all = all_distributions();
  return all;
}

const Distribution* find_distribution(const std::string& name) {
  for (const auto& distribution : distributions()) {
    if (distribution.name == name) return &distribution;
  }
  return nullptr;
}

}  // namespace amortflow
