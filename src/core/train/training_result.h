#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace amortflow {

struct EpochRecord {
  std::int64_t epoch = 0;
  double loss = 0;  ///< mean over the epoch's batches
  double validation_loss = 0;
  double learning_rate = 0;  ///< of the last step
  double gradient_norm = 0;  ///< mean, before clipping
  std::int64_t skipped = 0;  ///< steps left out because loss or gradient was not finite
  double seconds = 0;        ///< since the start of training, without pauses between a checkpoint and its resumption
};

enum class Outcome { kConverged, kStoppedEarly, kMaxEpochs, kInterrupted, kDiverged, kSimulatorFailed, kStoreFailed };

[[nodiscard]] const char* outcome_name(Outcome outcome);

/// True if a run that ended so can go on from its checkpoint.
[[nodiscard]] bool can_go_on(Outcome outcome);

/// How fast a run was.
struct TrainingRates {
  double seconds = 0;            ///< of training, validation included
  double waiting = 0;            ///< seconds of these in which the trainer waited for batches
  std::int64_t steps = 0;        ///< of the optimizer
  std::int64_t simulations = 0;  ///< trained on, repetitions counted
  int threads = 1;
};

struct TrainingResult {
  Outcome outcome = Outcome::kMaxEpochs;
  std::int64_t best_epoch = 0;  ///< 0 is the untrained network
  double best_validation_loss = std::numeric_limits<double>::quiet_NaN();
  std::int64_t dropped = 0;  ///< simulations that were not finite
  std::string device;        ///< that computed: "cpu" or "cuda"
  std::vector<EpochRecord> history;
  TrainingRates rates;
  std::string message;             ///< of the error that ended training, where one did
  std::string hint;                ///< how to mend it
  std::string checkpoint_problem;  ///< why the last checkpoint could not be written; empty if it could
};

}  // namespace amortflow
