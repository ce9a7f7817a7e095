#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "estimators/estimator.h"

namespace amortflow {

/// Adapted simulations in memory, kept as the batches in which they came, so that old ones can be let go and none is
/// copied but into the batches that are drawn.
class SimulationBank final {
 public:
  /// All batches have the same number of data sets and the same variables.
  void append(TrainingBatch batch);
  /// Batches beyond the last `batches` are let go.
  void keep_last(std::int64_t batches);

  [[nodiscard]] std::int64_t batches() const { return static_cast<std::int64_t>(batches_.size()); }
  [[nodiscard]] std::int64_t count() const { return batches() * batch_size_; }
  /// The data sets of `indices`, in their order; 0 is the first data set of the oldest batch.
  [[nodiscard]] TrainingBatch select(const std::vector<std::int64_t>& indices) const;

 private:
  std::int64_t batch_size_ = 0;
  std::deque<TrainingBatch> batches_;
};

}  // namespace amortflow
