#pragma once

#include <chrono>
#include <memory>

#include "base/host_service.h"
#include "base/thread_pool.h"
#include "estimators/estimator.h"
#include "train/batch_source.h"
#include "train/checkpoint.h"
#include "train/schedule.h"
#include "train/training_options.h"
#include "train/training_result.h"
#include "train/training_state.h"
#include "train/training_step.h"
#include "train/validation.h"

namespace amortflow {

/// The training loop: steps on a schedule, validation after every epoch (of the averaged
/// weights, where an average is kept), early stopping, and the best weights put back at the end, however it ends.
class Trainer final {
 public:
  /// `estimator` is trained in place, on the cores.
  Trainer(Estimator& estimator, const TrainingOptions& options, ThreadPool& pool, HostService& host);
  /// By `step`, which trains `estimator`.
  Trainer(Estimator& estimator,
          const TrainingOptions& options,
          std::unique_ptr<TrainingStep> step,
          ThreadPool& pool,
          HostService& host);

  /// Goes on from `checkpoints.path`, if there is such a file, and writes it every so often and where training ends
  /// before its time. A run that comes to its end leaves the file to the caller. Throws FormatError and ConfigError
  /// where the file is not a checkpoint of this run.
  [[nodiscard]] TrainingResult train(BatchSource& source,
                                     const TrainingBatch& validation,
                                     const CheckpointOptions& checkpoints = {});

 private:
  using Clock = std::chrono::steady_clock;

  void resume(Checkpoint checkpoint, BatchSource& source);
  void run(BatchSource& source, const TrainingBatch& validation, TrainingResult& result);
  void run_epochs(BatchSource& source, const TrainingBatch& validation, TrainingResult& result);
  void run_epoch(BatchSource& source);
  [[nodiscard]] TrainingBatch next_batch(BatchSource& source);
  void take_step(const TrainingBatch& batch);
  void settle();
  void take_note_of_steps();
  [[nodiscard]] Validation validate_weights(const TrainingBatch& validation);
  void close_epoch(const TrainingBatch& validation);
  void go_back_to_best();
  void keep_checkpoint(BatchSource& source);
  [[nodiscard]] double seconds() const;
  void report();

  Estimator& estimator_;
  TrainingOptions options_;
  ThreadPool& pool_;
  HostService& host_;
  Schedule schedule_;
  std::unique_ptr<TrainingStep> step_;
  AlignedBuffer best_weights_;
  TrainingState state_;
  std::int64_t known_ = 0;  // steps of the epoch under way whose outcome is known
  CheckpointOptions checkpoints_;
  std::string checkpoint_problem_;
  Clock::time_point start_;
  Clock::time_point last_checkpoint_;
};

}  // namespace amortflow
