#include "train/training_step.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/dispatch.h"

namespace amortflow {

TrainingStep::TrainingStep(Estimator& estimator, std::int64_t shards, const OptimizerOptions& options, ThreadPool& pool)
    : estimator_(estimator), pool_(pool), optimizer_(estimator.parameters().layout(), options) {
  for (std::int64_t i = 0; i < shards; ++i) shards_.push_back(estimator.make_shard());
}

/// Leaves the batch's gradient in the first shard's buffer and gives its loss.
double TrainingStep::sum_gradients(const TrainingBatch& batch) {
  const std::int64_t count = batch.count();
  const std::int64_t used = std::min(shards(), count);
  std::vector<double> losses(static_cast<std::size_t>(used));
  pool_.run(used, [&](std::int64_t s) {
    shard(s).gradient().zero();
    losses[static_cast<std::size_t>(s)] =
        shard(s).loss_and_gradient({batch, s * count / used, (s + 1) * count / used}, 1.0 / static_cast<double>(count));
  });
  AlignedBuffer& gradient = shard(0).gradient();
  for (std::int64_t s = 1; s < used; ++s) {
    kernels().add_in_place(gradient.size(), gradient.data(), shard(s).gradient().data());
  }
  return std::accumulate(losses.begin(), losses.end(), 0.0);
}

TrainingStep::Result TrainingStep::run(const TrainingBatch& batch, double learning_rate) {
  Result result;
  result.loss = sum_gradients(batch);
  const AlignedBuffer& gradient = shard(0).gradient();
  result.gradient_norm = Optimizer::norm(gradient);
  result.finite = std::isfinite(result.loss) && std::isfinite(result.gradient_norm);
  if (result.finite) {
    optimizer_.step(estimator_.parameters(), gradient, result.gradient_norm, learning_rate, pool_);
  }
  return result;
}

}  // namespace amortflow
