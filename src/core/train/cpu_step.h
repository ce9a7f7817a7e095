#pragma once

#include <memory>
#include <utility>

#include "base/thread_pool.h"
#include "train/gradient_sum.h"
#include "train/optimizer.h"
#include "train/training_step.h"

namespace amortflow {

/// Steps on the cores: gradients of a batch's shards side by side, added in the order of the shards, so that weights
/// are the same whatever the number of threads of the pool.
class CpuStep final : public TrainingStep {
 public:
  /// `estimator` is trained in place; there is at least one shard.
  CpuStep(Estimator& estimator, std::int64_t shards, const OptimizerOptions& options, ThreadPool& pool);

  void run(const TrainingBatch& batch, double learning_rate) override;
  [[nodiscard]] StepTally collect() override;
  void finish() override {}
  void weights_changed() override {}
  [[nodiscard]] std::vector<double> losses(const TrainingBatch& batch,
                                           std::int64_t piece,
                                           double scale,
                                           const std::atomic<bool>& cancelled) override;
  [[nodiscard]] const AlignedBuffer& average() const override { return optimizer_.average(); }
  [[nodiscard]] Optimizer::State optimizer_state() const override { return optimizer_.state(); }
  void restore(Optimizer::State state) override { optimizer_.restore(std::move(state)); }
  [[nodiscard]] std::string device() const override { return "cpu"; }

  [[nodiscard]] std::int64_t shards() const { return static_cast<std::int64_t>(shards_.size()); }
  [[nodiscard]] TrainingShard& shard(std::int64_t i) { return *shards_[static_cast<std::size_t>(i)]; }

 private:
  struct Sums {
    double loss = 0;
    double gradient_norm = 0;
  };
  [[nodiscard]] Sums sum_gradients(const TrainingBatch& batch);

  Estimator& estimator_;
  ThreadPool& pool_;
  Optimizer optimizer_;
  std::vector<std::unique_ptr<TrainingShard>> shards_;
  GradientSum gradient_sum_;
  StepTally tally_;
  std::vector<double> losses_;  // of the shards, as the next; kept so that steps allocate nothing
  std::vector<AlignedBuffer*> gradients_;
};

}  // namespace amortflow
