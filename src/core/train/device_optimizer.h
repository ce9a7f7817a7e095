#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "base/parameter_store.h"
#include "train/optimizer.h"
#include "train/training_step.h"

namespace amortflow {

/// `Optimizer` on a device, in operations on whole buffers that never ask the host: clipping, the number of steps and
/// whether a step is finite are tensors there. A step whose loss or gradient is not finite changes neither weights nor
/// moments; after `kMostSkippedInARow` of these in a row nothing changes any more.
class DeviceOptimizer final {
 public:
  /// `weights` and `gradient` are flat, of `layout.floats()` numbers, and are kept.
  DeviceOptimizer(const ParameterLayout& layout,
                  const OptimizerOptions& options,
                  const at::Tensor& weights,
                  const at::Tensor& gradient);

  /// One update. `loss` and `learning_rate` hold one number. Overwrites the gradient.
  void step(const at::Tensor& loss, const at::Tensor& learning_rate);

  /// Numbers of doubles of the tally on the device.
  static constexpr std::int64_t kTallySize = 5;
  /// [kTallySize], on the device; `read_tally` makes sense of a copy.
  [[nodiscard]] const at::Tensor& tally() const { return tally_; }
  [[nodiscard]] static StepTally read_tally(const double* tally);
  /// Sets the tally to 0, but for steps skipped in a row.
  void clear_tally();

 private:
  void update(const at::Tensor& norm, const at::Tensor& taken, const at::Tensor& learning_rate);
  void count(const at::Tensor& loss, const at::Tensor& norm, const at::Tensor& taken, const at::Tensor& alive);

  OptimizerOptions options_;
  at::Tensor weights_;
  at::Tensor gradient_;
  at::Tensor decays_;  // 1 where weight decay applies; undefined where it applies nowhere
  at::Tensor first_moment_;
  at::Tensor second_moment_;
  at::Tensor steps_;
  at::Tensor tally_;
};

}  // namespace amortflow
