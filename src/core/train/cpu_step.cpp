#include "train/cpu_step.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "base/errors.h"

namespace amortflow {

CpuStep::CpuStep(Estimator& estimator, std::int64_t shards, const OptimizerOptions& options, ThreadPool& pool)
    : estimator_(estimator), pool_(pool), optimizer_(estimator.parameters().layout(), options) {
  for (std::int64_t i = 0; i < shards; ++i) shards_.push_back(estimator.make_shard());
}

/// Leaves the batch's gradient in the first shard's buffer; gives its loss and the gradient's norm.
CpuStep::Sums CpuStep::sum_gradients(const TrainingBatch& batch) {
  const std::int64_t count = batch.count();
  const std::int64_t used = std::min(shards(), count);
  losses_.assign(static_cast<std::size_t>(used), 0.0);
  const auto task = [&](std::int64_t s) {
    shard(s).gradient().zero();
    losses_[static_cast<std::size_t>(s)] =
        shard(s).loss_and_gradient({batch, s * count / used, (s + 1) * count / used}, 1.0 / static_cast<double>(count));
  };
  pool_.run(used, std::ref(task));  // a std::function of a reference takes no memory
  gradients_.clear();
  for (std::int64_t s = 0; s < used; ++s) gradients_.push_back(&shard(s).gradient());
  return {std::accumulate(losses_.begin(), losses_.end(), 0.0), gradient_sum_.add(gradients_, pool_)};
}

void CpuStep::run(const TrainingBatch& batch, double learning_rate) {
  StepTally done;
  const Sums sums = sum_gradients(batch);
  done.loss = sums.loss;
  done.gradient_norm = sums.gradient_norm;
  if (std::isfinite(done.loss) && std::isfinite(done.gradient_norm)) {
    optimizer_.step(estimator_.parameters(), shard(0).gradient(), done.gradient_norm, learning_rate, pool_);
    done.taken = 1;
  } else {
    done.skipped = done.skipped_in_a_row = 1;
  }
  tally_.add(done);
}

StepTally CpuStep::collect() { return std::exchange(tally_, StepTally()); }

std::vector<double> CpuStep::losses(const TrainingBatch& batch,
                                    std::int64_t piece,
                                    double scale,
                                    const std::atomic<bool>& cancelled) {
  const std::int64_t pieces = (batch.count() + piece - 1) / piece;
  std::vector<double> losses(static_cast<std::size_t>(pieces));
  pool_.run(std::min(shards(), pieces), [&](std::int64_t s) {
    for (std::int64_t i = s; i < pieces; i += shards()) {
      if (cancelled) throw Cancelled();
      losses[static_cast<std::size_t>(i)] =
          shard(s).loss({batch, i * piece, std::min(batch.count(), (i + 1) * piece)}, scale);
    }
  });
  return losses;
}

}  // namespace amortflow
