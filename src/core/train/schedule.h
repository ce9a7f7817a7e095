#pragma once

#include <cstdint>
#include <string>

namespace amortflow {

/// Shapes of the learning rate over a run. All but kOneCycle begin with a linear warm-up.
enum class ScheduleKind {
  kCosine,       ///< half a cosine down to zero (Loshchilov and Hutter 2017, without restarts)
  kOneCycle,     ///< up from a tenth of the peak and down again in 45 % of the steps each, then to a thousandth
                 ///< (Smith and Topin 2019)
  kPlateau,      ///< constant, halved by `ScheduleMoves::halvings`
  kConstant,     ///< stays at the peak
  kStableDecay,  ///< constant, then peak (1 - sqrt(share of the decay)) (Hu et al. 2024; Haegele et al. 2024, eq. 2)
};

/// "cosine", "one_cycle", "plateau", "constant", "stable_decay". Throws ConfigError for any other name.
[[nodiscard]] ScheduleKind schedule_kind(const std::string& name);

/// What validation made of a schedule; part of a checkpoint.
struct ScheduleMoves {
  std::int64_t halvings = 0;      ///< kPlateau
  std::int64_t decay_begin = -1;  ///< first step of kStableDecay's decay; -1 before it is known
  std::int64_t decay_end = -1;    ///< the step at which it has come to zero
};

/// Learning rate of every step of a run of at most `total_steps`.
struct Schedule {
  ScheduleKind kind = ScheduleKind::kCosine;
  double peak = 5e-4;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;

  [[nodiscard]] double rate(std::int64_t step, const ScheduleMoves& moves = {}) const;
};

}  // namespace amortflow
