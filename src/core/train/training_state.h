#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/spec.h"
#include "train/schedule.h"
#include "train/training_result.h"

namespace amortflow {

/// How far a run has come: all that the loop knows between two steps, but for weights and moments.
struct TrainingState {
  std::int64_t steps = 0;    ///< of the schedule: skipped ones count
  std::int64_t batches = 0;  ///< of the epoch under way
  EpochRecord epoch;         ///< under way
  std::vector<EpochRecord> history;

  double untrained_loss = std::numeric_limits<double>::quiet_NaN();
  double best_loss = std::numeric_limits<double>::quiet_NaN();
  double best_standard_error = 0;
  std::int64_t best_epoch = 0;

  std::int64_t skipped_in_a_row = 0;
  std::int64_t worse_than_untrained = 0;  ///< epochs in a row
  std::int64_t worse_than_best = 0;       ///< epochs in a row, by more than the best's standard error
  std::int64_t without_gain = 0;          ///< epochs since the best one, or since the rate was halved
  bool levelled_off = false;              ///< whether validation stopped improving before kStableDecay's decay
  bool worsened = false;                  ///< and got worse instead
  ScheduleMoves moves;

  double seconds = 0;
  double waiting = 0;
  std::int64_t simulations = 0;

  [[nodiscard]] Spec to_spec() const;
  /// Throws ConfigError.
  [[nodiscard]] static TrainingState from_spec(const Spec& spec);
};

}  // namespace amortflow
