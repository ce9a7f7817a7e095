#include "train/device_choice.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/errors.h"
#include "nets/torch_backend.h"
#include "train/cpu_step.h"
#include "train/device_step.h"

namespace amortflow {

namespace {

// Enough for buffers to have grown and for a device to have captured its graph.
constexpr std::int64_t kWarmupSteps = 6;
constexpr std::int64_t kStretches = 3;
constexpr std::int64_t kStepsPerStretch = 8;

double seconds_of(TrainingStep& step, const TrainingBatch& batch, std::int64_t steps) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t i = 0; i < steps; ++i) step.run(batch, 0);
  step.finish();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(steps);
}

}  // namespace

double measured_seconds(TrainingStep& step, const TrainingBatch& batch) {
  double best = seconds_of(step, batch, kWarmupSteps);
  for (std::int64_t i = 0; i < kStretches; ++i) best = std::min(best, seconds_of(step, batch, kStepsPerStretch));
  return best;
}

std::unique_ptr<TrainingStep> make_training_step(const std::string& device,
                                                 Estimator& estimator,
                                                 std::int64_t shards,
                                                 const OptimizerOptions& options,
                                                 ThreadPool& pool,
                                                 const TrainingBatch& sample) {
  const auto on_cpu = [&] { return std::make_unique<CpuStep>(estimator, shards, options, pool); };
  const auto on_cuda = [&] { return make_device_step(estimator, options, DeviceStepOptions()); };
  if (device == "cpu") return on_cpu();
  if (device == "cuda") return on_cuda();
  if (device != "auto") throw ConfigError("device must be \"cpu\", \"cuda\" or \"auto\", not \"" + device + "\"");
  if (!torch_backend().cuda_available || estimator.reference_loss() == nullptr) return on_cpu();
  const bool cpu_is_faster = measured_seconds(*on_cpu(), sample) <= measured_seconds(*on_cuda(), sample);
  if (cpu_is_faster) return on_cpu();
  return on_cuda();
}

}  // namespace amortflow
