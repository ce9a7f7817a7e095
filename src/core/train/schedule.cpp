#include "train/schedule.h"

#include <algorithm>
#include <cmath>

#include "base/constants.h"
#include "base/errors.h"

namespace amortflow {

namespace {

// One cycle: where it begins and where it ends, as parts of the peak, and how much of the run is its way up.
constexpr double kCycleStart = 0.1;
constexpr double kCycleEnd = 0.001;
constexpr double kCycleRise = 0.45;

double between(double from, double to, double share) { return from + (to - from) * share; }

/// As a part of the peak; `share` of the run is over.
double one_cycle(double share) {
  if (share < kCycleRise) return between(kCycleStart, 1, share / kCycleRise);
  if (share < 2 * kCycleRise) return between(1, kCycleStart, share / kCycleRise - 1);
  return between(kCycleStart, kCycleEnd, std::min(1.0, (share - 2 * kCycleRise) / (1 - 2 * kCycleRise)));
}

double stable_decay(std::int64_t step, const ScheduleMoves& moves) {
  if (moves.decay_begin < 0 || step < moves.decay_begin) return 1;
  const auto steps = static_cast<double>(std::max<std::int64_t>(moves.decay_end - moves.decay_begin, 1));
  return 1 - std::sqrt(std::min(1.0, static_cast<double>(step - moves.decay_begin) / steps));
}

}  // namespace

ScheduleKind schedule_kind(const std::string& name) {
  if (name == "cosine") return ScheduleKind::kCosine;
  if (name == "one_cycle") return ScheduleKind::kOneCycle;
  if (name == "plateau") return ScheduleKind::kPlateau;
  if (name == "constant") return ScheduleKind::kConstant;
  if (name == "stable_decay") return ScheduleKind::kStableDecay;
  throw ConfigError(
      "`schedule` must be \"cosine\", \"one_cycle\", \"plateau\", \"constant\" or \"stable_decay\", not \"" + name +
      "\".");
}

double Schedule::rate(std::int64_t step, const ScheduleMoves& moves) const {
  if (kind == ScheduleKind::kOneCycle) {
    return peak * one_cycle(static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(total_steps, 1)));
  }
  if (step < warmup_steps) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps + 1);
  switch (kind) {
    case ScheduleKind::kPlateau: return peak * std::pow(0.5, static_cast<double>(moves.halvings));
    case ScheduleKind::kStableDecay: return peak * stable_decay(step, moves);
    case ScheduleKind::kConstant: return peak;
    case ScheduleKind::kCosine:
    case ScheduleKind::kOneCycle: break;
  }
  const auto remaining = static_cast<double>(std::max<std::int64_t>(total_steps - warmup_steps, 1));
  const double passed = std::min(1.0, static_cast<double>(step - warmup_steps) / remaining);
  return 0.5 * peak * (1.0 + std::cos(kPi * passed));
}

}  // namespace amortflow
