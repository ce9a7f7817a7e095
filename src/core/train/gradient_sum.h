#pragma once

#include <cstdint>
#include <vector>

#include "base/parameter_store.h"
#include "base/thread_pool.h"

namespace amortflow {

/// Adds up the gradients of a batch's shards, in pieces that a pool shares out. The pieces and the order within each
/// are fixed, so the sum does not depend on the threads.
class GradientSum final {
 public:
  /// Adds `parts`, which all have one length, into the first of them, in their order; gives the sum's Euclidean norm,
  /// which is not finite if a number is not finite.
  double add(const std::vector<AlignedBuffer*>& parts, ThreadPool& pool);

 private:
  std::vector<double> squares_;  // of each piece
};

}  // namespace amortflow
