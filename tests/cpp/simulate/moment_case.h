#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "simulate/moments.h"
#include "support/catch.h"

/// A distribution with what is known of it exactly.
namespace moments {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();  // an infinite moment, or of a fourth power

struct Case {
  std::string name;
  Draw draw;
  double mean;
  double variance;
  std::vector<std::pair<double, double>> shares;  // x and P(X <= x)
};

inline void check(const Case& item, std::uint64_t seed, int draws) {
  CATCH_INFO(item.name);
  const auto values = sample(seed, draws, item.draw);
  if (!std::isnan(item.mean) && !std::isnan(item.variance)) {
    CATCH_CHECK(std::fabs(mean_score(values, item.mean, item.variance)) < kBound);
    CATCH_CHECK(std::fabs(variance_score(values, item.mean, item.variance)) < kBound);
  }
  for (const auto& share : item.shares) {
    CATCH_INFO("at " << share.first);
    CATCH_CHECK(std::fabs(share_score(values, share.first, share.second)) < kBound);
  }
}

}  // namespace moments
