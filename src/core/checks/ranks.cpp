#include "checks/ranks.h"

#include <cmath>
#include <string>

#include "base/errors.h"

namespace amortflow {

std::vector<double> ranks(const double* draws,
                          std::int64_t count,
                          std::int64_t draws_each,
                          const std::vector<double>& truths) {
  const auto quantities = static_cast<std::int64_t>(truths.size());
  if (draws_each < 0 || count != draws_each * quantities) {
    throw ShapeError("there must be " + std::to_string(draws_each) + " draws of each of " + std::to_string(quantities) +
                     " quantities, not " + std::to_string(count) + " in all");
  }
  std::vector<double> result;
  result.reserve(truths.size());
  for (const double truth : truths) {
    std::int64_t below = 0;
    bool ordered = !std::isnan(truth);
    for (std::int64_t s = 0; s < draws_each; ++s) {
      below += draws[s] < truth ? 1 : 0;
      ordered = ordered && !std::isnan(draws[s]);
    }
    if (!ordered) {
      throw NumericError("Ranks need numbers, but quantity " + std::to_string(result.size() + 1) +
                         " has missing ones.");
    }
    result.push_back(static_cast<double>(below));
    draws += draws_each;
  }
  return result;
}

}  // namespace amortflow
