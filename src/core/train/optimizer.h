#pragma once

#include <cstdint>
#include <vector>

#include "base/parameter_store.h"
#include "base/thread_pool.h"
#include "kernels/kernels.h"

namespace amortflow {

struct OptimizerOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;   ///< decoupled (AdamW); 0 is Adam; only entries that decay
  double clip_norm = 1;      ///< largest Euclidean norm of the whole gradient
  double average_decay = 0;  ///< of an exponential moving average of the weights; 0 keeps none
};

/// Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019) and clipping by the global norm,
/// in one pass over each piece of the weights, which also renews their average and their mirrors. Pieces are shared out
/// over a pool; the result does not depend on how.
class Optimizer final {
 public:
  Optimizer(const ParameterLayout& layout, const OptimizerOptions& options);

  /// Updates `weights` by `gradient`, whose norm is `gradient_norm` (see GradientSum).
  void step(ParameterStore& weights,
            const AlignedBuffer& gradient,
            double gradient_norm,
            double learning_rate,
            ThreadPool& pool);

  /// True if an average of the weights is kept.
  [[nodiscard]] bool averages() const { return options_.average_decay > 0; }
  /// Exponential moving average of the weights after each step t, whose decay is min(average_decay, (1 + t) / (10 +
  /// t)), so that early weights are soon forgotten; empty before the first step, and where none is kept.
  [[nodiscard]] const AlignedBuffer& average() const { return average_; }

  /// All that the next steps depend on, for a checkpoint.
  struct State {
    std::int64_t steps = 0;
    AlignedBuffer first_moment;
    AlignedBuffer second_moment;
    AlignedBuffer average;
  };
  [[nodiscard]] State state() const { return {steps_, first_moment_, second_moment_, average_}; }
  /// Throws ShapeError if the buffers are not as long as the weights.
  void restore(State state);

 private:
  /// Rows [begin, end) of one entry.
  struct Piece {
    std::int64_t entry = 0;
    std::int64_t begin = 0;
    std::int64_t end = 0;
  };
  [[nodiscard]] AdamwRates next_rates(double gradient_norm, double learning_rate);
  [[nodiscard]] float next_blend() const;
  void update(const Piece& piece,
              ParameterStore& weights,
              float* values,
              const AlignedBuffer& gradient,
              AdamwRates rates,
              float blend);

  OptimizerOptions options_;
  std::vector<std::vector<Piece>> tasks_;
  AlignedBuffer first_moment_;
  AlignedBuffer second_moment_;
  AlignedBuffer average_;
  std::int64_t steps_ = 0;
};

}  // namespace amortflow
