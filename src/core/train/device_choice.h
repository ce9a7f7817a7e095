#pragma once

#include <memory>
#include <string>

#include "base/thread_pool.h"
#include "train/optimizer.h"
#include "train/training_step.h"

namespace amortflow {

/// Seconds of one of `step`'s steps on `batch` once it has settled: the best of a few stretches. Learns nothing (rate
/// 0) but leaves traces in moments and tally, so the step is of no use afterwards.
[[nodiscard]] double measured_seconds(TrainingStep& step, const TrainingBatch& batch);

/// How training computes: `device` is "cpu"; "cuda" (DeviceError if there is none); or "auto": whichever of the two
/// takes less time for steps on `sample`, a typical batch, and without CUDA the CPU. Weights of `estimator` stay as
/// they are.
[[nodiscard]] std::unique_ptr<TrainingStep> make_training_step(const std::string& device,
                                                               Estimator& estimator,
                                                               std::int64_t shards,
                                                               const OptimizerOptions& options,
                                                               ThreadPool& pool,
                                                               const TrainingBatch& sample);

}  // namespace amortflow
