#pragma once

#include <algorithm>
#include <cstdint>

#include "base/spec.h"
#include "train/optimizer.h"
#include "train/schedule.h"

namespace amortflow {

struct TrainingOptions {
  std::int64_t epochs = 100;
  bool until_converged = false;  ///< `epochs` are the most: training ends sooner where validation stops improving
  std::int64_t batches_per_epoch = 100;
  std::int64_t batch_size = 64;
  std::int64_t shards = 1;        ///< of a batch; part of a fit's spec, never a function of the cores
  std::int64_t patience = 10;     ///< epochs in a row that are worse than the best by more than its standard error
  double converged_gain = 0.01;   ///< "converged": over a quarter of all epochs the validation loss fell by less
  std::int64_t round_epochs = 1;  ///< of a round of simulations, within which simulations repeat: not in the spec
  ScheduleKind schedule = ScheduleKind::kCosine;
  double learning_rate = 5e-4;
  double warmup = 0.05;  ///< share of all steps
  OptimizerOptions optimizer;

  [[nodiscard]] static TrainingOptions from_spec(const Spec& spec);
  /// Nothing is said of training before a round is over: within it networks learn its simulations by heart.
  [[nodiscard]] std::int64_t patient_epochs() const { return std::max(patience, round_epochs); }
  [[nodiscard]] std::int64_t total_steps() const { return epochs * batches_per_epoch; }
  [[nodiscard]] std::int64_t warmup_steps() const {
    return static_cast<std::int64_t>(warmup * static_cast<double>(total_steps()));
  }
};

}  // namespace amortflow
