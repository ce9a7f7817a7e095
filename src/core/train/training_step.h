#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/thread_pool.h"
#include "estimators/estimator.h"
#include "train/optimizer.h"

namespace amortflow {

/// One step of training on one batch: gradients of its shards side by side, added in the order of the shards, clipped
/// and applied. The same weights whatever the number of threads of the pool.
class TrainingStep final {
 public:
  struct Result {
    double loss = 0;           ///< mean over the batch's data sets, before the update
    double gradient_norm = 0;  ///< before clipping
    bool finite = false;       ///< whether the weights were updated: they are not if loss or gradient is not finite
  };

  /// `estimator` is trained in place; `shards` of a batch are at least 1.
  TrainingStep(Estimator& estimator, std::int64_t shards, const OptimizerOptions& options, ThreadPool& pool);

  [[nodiscard]] Result run(const TrainingBatch& batch, double learning_rate);

  [[nodiscard]] std::int64_t shards() const { return static_cast<std::int64_t>(shards_.size()); }
  [[nodiscard]] TrainingShard& shard(std::int64_t i) { return *shards_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] Optimizer& optimizer() { return optimizer_; }

 private:
  [[nodiscard]] double sum_gradients(const TrainingBatch& batch);

  Estimator& estimator_;
  ThreadPool& pool_;
  Optimizer optimizer_;
  std::vector<std::unique_ptr<TrainingShard>> shards_;
};

}  // namespace amortflow
