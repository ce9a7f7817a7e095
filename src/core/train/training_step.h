#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "estimators/estimator.h"
#include "train/optimizer.h"

namespace amortflow {

/// So many steps in a row without a finite loss and gradient are no accident: training has diverged.
inline constexpr std::int64_t kMostSkippedInARow = 3;

/// What became of some steps.
struct StepTally {
  std::int64_t taken = 0;
  std::int64_t skipped = 0;           ///< left out because loss or gradient was not finite
  std::int64_t skipped_in_a_row = 0;  ///< the last of them
  double loss = 0;                    ///< mean over the steps taken
  double gradient_norm = 0;           ///< mean over the steps taken, before clipping

  /// Adds steps that came after these.
  void add(const StepTally& later);
};

/// What the training loop asks of whoever computes: the cores, or a device that works on while the loop goes ahead.
class TrainingStep {
 public:
  virtual ~TrainingStep() = default;

  /// One step on one batch: gradient of the mean loss over its data sets, clipped and applied; left out if loss or
  /// gradient is not finite. May return before it is done.
  virtual void run(const TrainingBatch& batch, double learning_rate) = 0;
  /// Of the steps since the last call, those whose outcome is known without waiting.
  [[nodiscard]] virtual StepTally collect() = 0;
  /// Waits for all steps. Then `collect` gives the rest, and the estimator's store holds the weights.
  virtual void finish() = 0;
  /// To be called where the store's weights were set by someone else: the next step starts from them.
  virtual void weights_changed() = 0;

  /// Losses of stretches of `piece` data sets each (the last may be shorter) with the weights that the store holds:
  /// sums over data sets times `scale`. Throws Cancelled once `cancelled` is set.
  [[nodiscard]] virtual std::vector<double> losses(const TrainingBatch& batch,
                                                   std::int64_t piece,
                                                   double scale,
                                                   const std::atomic<bool>& cancelled) = 0;

  /// See Optimizer: up to date after `finish`.
  [[nodiscard]] virtual const AlignedBuffer& average() const = 0;
  [[nodiscard]] virtual Optimizer::State optimizer_state() const = 0;
  /// For a run that goes on from a checkpoint, whose weights the store holds.
  virtual void restore(Optimizer::State state) = 0;

  /// "cpu" or "cuda".
  [[nodiscard]] virtual std::string device() const = 0;
};

}  // namespace amortflow
