#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "base/parameter_store.h"
#include "train/optimizer.h"

namespace amortflow {

/// `Optimizer` on a device, in operations on whole buffers that never ask the host: clipping, the number of steps and
/// whether a step is finite are tensors there. A step whose loss or gradient is not finite changes neither weights nor
/// moments nor the average; after `kMostSkippedInARow` of these in a row nothing changes any more.
class DeviceOptimizer final {
 public:
  /// `weights` and `gradient` are flat, of `layout.floats()` numbers, and are kept.
  DeviceOptimizer(const ParameterLayout& layout,
                  const OptimizerOptions& options,
                  const at::Tensor& weights,
                  const at::Tensor& gradient);

  /// One update. `loss` and `learning_rate` hold one number. Overwrites the gradient.
  void step(const at::Tensor& loss, const at::Tensor& learning_rate);

  /// What became of all steps so far: so many doubles on the device, in the order of `Counts`.
  static constexpr std::int64_t kCounts = 5;
  [[nodiscard]] const at::Tensor& counts() const { return counts_; }
  struct Counts {
    double taken = 0;
    double skipped = 0;
    double loss = 0;           ///< sum over the steps taken
    double gradient_norm = 0;  ///< sum over the steps taken
    double skipped_in_a_row = 0;
  };

  /// Waits for the device.
  [[nodiscard]] Optimizer::State state() const;
  /// Throws ShapeError if the buffers are not as long as the weights.
  void restore(const Optimizer::State& state);
  /// Of the weights, as Optimizer keeps it; undefined where none is kept.
  [[nodiscard]] const at::Tensor& average() const { return average_; }

 private:
  void update(const at::Tensor& norm, const at::Tensor& taken, const at::Tensor& learning_rate);
  void average_in(const at::Tensor& one_if_taken);
  void count(const at::Tensor& loss, const at::Tensor& norm, const at::Tensor& taken, const at::Tensor& alive);

  OptimizerOptions options_;
  at::Tensor weights_;
  at::Tensor gradient_;
  at::Tensor decays_;  // 1 where weight decay applies; undefined where it applies nowhere
  at::Tensor first_moment_;
  at::Tensor second_moment_;
  at::Tensor average_;
  at::Tensor steps_;
  at::Tensor counts_;
};

}  // namespace amortflow
