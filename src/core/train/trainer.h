#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/host_service.h"
#include "base/spec.h"
#include "base/thread_pool.h"
#include "estimators/estimator.h"
#include "train/batch_source.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/training_step.h"

namespace amortflow {

struct TrainingOptions {
  std::int64_t epochs = 100;
  std::int64_t batches_per_epoch = 100;
  std::int64_t batch_size = 64;
  std::int64_t shards = 1;     ///< of a batch; part of a fit's spec, never a function of the cores
  std::int64_t patience = 10;  ///< epochs in a row that are worse than the best by more than its standard error
  double learning_rate = 5e-4;
  double warmup = 0.05;  ///< share of all steps
  OptimizerOptions optimizer;

  [[nodiscard]] static TrainingOptions from_spec(const Spec& spec);
};

struct EpochRecord {
  std::int64_t epoch = 0;
  double loss = 0;  ///< mean over the epoch's batches
  double validation_loss = 0;
  double learning_rate = 0;  ///< of the last step
  double gradient_norm = 0;  ///< mean, before clipping
  std::int64_t skipped = 0;  ///< steps left out because loss or gradient was not finite
  double seconds = 0;        ///< since the start of training
};

enum class Outcome { kConverged, kStoppedEarly, kMaxEpochs, kInterrupted, kDiverged, kSimulatorFailed, kStoreFailed };

[[nodiscard]] const char* outcome_name(Outcome outcome);

struct TrainingResult {
  Outcome outcome = Outcome::kMaxEpochs;
  std::int64_t best_epoch = 0;  ///< 0 is the untrained network
  double best_validation_loss = std::numeric_limits<double>::quiet_NaN();
  std::int64_t dropped = 0;  ///< simulations that were not finite
  std::string device;        ///< that computed: "cpu" or "cuda"
  std::vector<EpochRecord> history;
  std::string message;  ///< of the error that ended training, where one did
  std::string hint;     ///< how to mend it
};

/// The training loop: steps on a cosine schedule, validation after every epoch, early stopping, and the best weights
/// put back at the end, however it ends.
class Trainer final {
 public:
  /// `estimator` is trained in place, on the cores.
  Trainer(Estimator& estimator, const TrainingOptions& options, ThreadPool& pool, HostService& host);
  /// By `step`, which trains `estimator`.
  Trainer(Estimator& estimator, const TrainingOptions& options, std::unique_ptr<TrainingStep> step, HostService& host);

  [[nodiscard]] TrainingResult train(BatchSource& source, const TrainingBatch& validation);

 private:
  struct Validation {
    double loss = 0;
    double standard_error = 0;  ///< of the loss; 0 where there are too few data sets to tell
  };
  [[nodiscard]] bool run_epoch(BatchSource& source, EpochRecord& record);
  [[nodiscard]] Validation validate(const TrainingBatch& validation);
  void run_epochs(BatchSource& source, const TrainingBatch& validation, TrainingResult& result);
  [[nodiscard]] bool finished(const EpochRecord& record, double standard_error, TrainingResult& result);
  void report(std::int64_t steps_done, const EpochRecord& record);

  Estimator& estimator_;
  TrainingOptions options_;
  HostService& host_;
  CosineSchedule schedule_;
  std::unique_ptr<TrainingStep> step_;
  AlignedBuffer best_weights_;
  double untrained_loss_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t worse_than_untrained_ = 0;
  std::int64_t worse_than_best_ = 0;  ///< epochs in a row
  double best_standard_error_ = 0;
  double last_validation_loss_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace amortflow
