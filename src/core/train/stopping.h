#pragma once

#include <optional>

#include "train/training_options.h"
#include "train/training_state.h"
#include "train/validation.h"

namespace amortflow {

/// Takes note of an epoch that has been trained and validated (the last of state.history): moves the schedule, counts
/// what went badly. True if it is the best so far, so that its weights are to be kept.
[[nodiscard]] bool take_note(const TrainingOptions& options, const Validation& validated, TrainingState& state);

/// True if the run must end now, in the middle of an epoch or behind it.
[[nodiscard]] bool has_diverged(const TrainingOptions& options, const TrainingState& state);

/// How the run ends after this epoch, or nothing if it goes on.
[[nodiscard]] std::optional<Outcome> verdict(const TrainingOptions& options, const TrainingState& state);

}  // namespace amortflow
