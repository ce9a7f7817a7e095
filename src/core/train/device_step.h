#pragma once

#include <memory>
#include <string>

#include "train/optimizer.h"
#include "train/training_step.h"

namespace amortflow {

struct DeviceStepOptions {
  std::string device = "cuda";  ///< "cpu" runs the same operations there: for tests
  bool graphs = true;           ///< capture each shape's step and replay it, where that is compiled in
  bool padding = true;          ///< round sizes up, so that few shapes occur
};

/// Steps by the reference forms of the networks on a device: weights, moments and gradients are flat tensors there, the
/// optimizer asks the host nothing, and each padded shape of batches is captured as one graph once it has been met
/// often enough. The host packs the next batches meanwhile. Weights and what became of the steps come back with
/// finish().
///
/// Throws DeviceError if LibTorch has no such device or the device fails (out of memory, say), ConfigError if the
/// estimator has no reference form. One thread at a time.
[[nodiscard]] std::unique_ptr<TrainingStep> make_device_step(Estimator& estimator,
                                                             const OptimizerOptions& optimizer,
                                                             const DeviceStepOptions& options);

}  // namespace amortflow
