#pragma once

#include <cstdint>
#include <vector>

#include "base/parameter_store.h"

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
/// on one flat buffer.
class Optimizer final {
 public:
  Optimizer(const ParameterLayout& layout, const OptimizerOptions& options);

  /// Norm of `gradient` before clipping; not finite if any gradient is not.
  [[nodiscard]] static double norm(const AlignedBuffer& gradient);
  /// Updates `weights` by `gradient`, whose norm is `gradient_norm`.
  void step(AlignedBuffer& weights, const AlignedBuffer& gradient, double gradient_norm, double learning_rate);

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
  void average_in(const AlignedBuffer& weights);

  /// Neighbouring entries of the buffer that all decay, or none.
  struct Stretch {
    std::int64_t offset = 0;
    std::int64_t floats = 0;
    bool decays = false;
  };
  OptimizerOptions options_;
  std::vector<Stretch> stretches_;
  AlignedBuffer first_moment_;
  AlignedBuffer second_moment_;
  AlignedBuffer average_;
  std::int64_t steps_ = 0;
};

}  // namespace amortflow
