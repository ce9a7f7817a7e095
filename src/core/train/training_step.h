#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "estimators/estimator.h"

namespace amortflow {

/// So many steps in a row without a finite loss and gradient are no accident: training has diverged.
inline constexpr std::int64_t kMostSkippedInARow = 3;

/// What became of an epoch's steps.
struct StepTally {
  std::int64_t taken = 0;
  std::int64_t skipped = 0;           ///< left out because loss or gradient was not finite
  std::int64_t skipped_in_a_row = 0;  ///< up to now, also over the end of epochs
  double loss = 0;                    ///< mean over the steps taken
  double gradient_norm = 0;           ///< mean over the steps taken, before clipping

  void take(double step_loss, double step_norm) {
    ++taken;
    skipped_in_a_row = 0;
    loss += (step_loss - loss) / static_cast<double>(taken);
    gradient_norm += (step_norm - gradient_norm) / static_cast<double>(taken);
  }
  void skip() {
    ++skipped;
    ++skipped_in_a_row;
  }
};

/// What the training loop asks of whoever computes: the cores, or a device that works on while the loop goes ahead.
class TrainingStep {
 public:
  virtual ~TrainingStep() = default;

  /// One step on one batch: gradient of the mean loss over its data sets, clipped and applied; left out if loss or
  /// gradient is not finite. May return before it is done.
  virtual void run(const TrainingBatch& batch, double learning_rate) = 0;
  /// Starts a new tally.
  virtual void begin_epoch() = 0;
  /// Of the steps since begin_epoch(), as far as known without waiting.
  [[nodiscard]] virtual const StepTally& tally() const = 0;
  /// Waits for all steps. Then the tally is complete and the estimator's store holds the weights.
  virtual void finish() = 0;
  /// To be called where the store's weights were set by someone else: the next step starts from them.
  virtual void weights_changed() = 0;
  /// Losses of stretches of `piece` data sets each (the last may be shorter) with the weights that the store holds:
  /// sums over data sets times `scale`.
  [[nodiscard]] virtual std::vector<double> losses(const TrainingBatch& batch, std::int64_t piece, double scale) = 0;
  /// "cpu" or "cuda".
  [[nodiscard]] virtual std::string device() const = 0;
};

}  // namespace amortflow
