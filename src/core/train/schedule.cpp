#include "train/schedule.h"

#include <algorithm>
#include <cmath>

namespace amortflow {

double CosineSchedule::rate(std::int64_t step) const {
  constexpr double kPi = 3.14159265358979323846;
  if (step < warmup_steps) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps + 1);
  const auto remaining = static_cast<double>(std::max<std::int64_t>(total_steps - warmup_steps, 1));
  const double passed = std::min(1.0, static_cast<double>(step - warmup_steps) / remaining);
  return 0.5 * peak * (1.0 + std::cos(kPi * passed));
}

}  // namespace amortflow
