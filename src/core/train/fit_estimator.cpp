#include "train/fit_estimator.h"

#include <algorithm>
#include <utility>

#include "adapt/subsample.h"
#include "base/errors.h"
#include "nets/library_threads.h"
#include "train/device_choice.h"

namespace amortflow {

namespace {

// Noise of the validation loss and of its data: the same in every epoch, far from that of data sets trained on.
constexpr std::uint64_t kValidationNoise = std::uint64_t{1} << 62U;

/// Lets go of the simulations that it has adapted, so that they are not in memory twice.
std::unique_ptr<BatchSource> make_source(FitTask& task, const Adapter& adapter, ThreadPool& pool, HostService& host) {
  if (task.model != nullptr) {
    const StreamOptions options{task.training.batch_size, task.seed, 0, task.host_request};
    return make_simulating_source(task.mode, *task.model, adapter, options, pool, host);
  }
  if (!task.store.folder.empty()) {
    StoreOptions store = task.store;
    store.batch_size = task.training.batch_size;
    store.seed = task.seed;
    store.cancel = &host.cancel_flag();
    return std::make_unique<StoreSource>(store, adapter);
  }
  std::int64_t dropped = 0;
  TrainingBatch simulations = adapt_simulations(std::move(task.simulations), 0, adapter, dropped);
  if (simulations.count() < 2) {
    throw ConfigError("training needs at least 2 finite simulations, not " + std::to_string(simulations.count()));
  }
  return std::make_unique<OfflineSource>(std::move(simulations), dropped, task.training.batch_size, task.seed);
}

/// Shows the networks another part of exchangeable data each time, where the adapter says so.
std::unique_ptr<BatchSource> with_subsamples(std::unique_ptr<BatchSource> source,
                                             const std::vector<std::int64_t>& sizes,
                                             std::uint64_t seed) {
  const bool any = std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size > 0; });
  if (!any) return source;
  return std::make_unique<SubsampledSource>(std::move(source), sizes, seed);
}

std::unique_ptr<BatchSource> with_noise(std::unique_ptr<BatchSource> source,
                                        const DataNoise& noise,
                                        std::uint64_t seed) {
  if (!noise.any()) return source;
  return std::make_unique<NoisySource>(std::move(source), noise, seed);
}

TrainingBatch adapted_validation(FitTask& task, const Adapter& adapter) {
  std::int64_t dropped = 0;
  TrainingBatch validation = adapt_simulations(std::move(task.validation), 0, adapter, dropped);
  subsample_by_length(validation.data, adapter.subsample_sizes());
  if (task.noise.any()) add_noise(validation.data, task.noise, task.seed, kValidationNoise);
  if (validation.count() == 0) throw ConfigError("validation needs at least one finite simulation, not 0");
  return validation;
}

std::unique_ptr<TrainingStep> make_step(Estimator& estimator,
                                        const FitTask& task,
                                        const TrainingBatch& validation,
                                        ThreadPool& pool) {
  const TrainingBatch sample = slice(validation, 0, std::min(validation.count(), task.training.batch_size));
  return make_training_step(task.device, estimator, task.training.shards, task.training.optimizer, pool, sample);
}

std::int64_t epochs_of_round(const FitTask& task) {
  if (task.model == nullptr || task.mode.kind != TrainingMode::Kind::kRounds) return 1;
  const std::int64_t batches = (task.mode.bank + task.training.batch_size - 1) / task.training.batch_size;
  return (batches * task.mode.reuse + task.training.batches_per_epoch - 1) / task.training.batches_per_epoch;
}

}  // namespace

TrainingResult fit_estimator(Estimator& estimator, FitTask task, HostService& host) {
  const SingleThreadedLibraries single_threaded;
  const Adapter adapter(task.adapter);
  TrainingResult result;
  host.run([&] {
    ThreadPool pool(task.cores);
    auto parts = with_subsamples(make_source(task, adapter, pool, host), adapter.subsample_sizes(), task.seed);
    const auto source = with_noise(std::move(parts), task.noise, task.seed);
    TrainingBatch validation = adapted_validation(task, adapter);
    estimator.prepare(kValidationNoise, validation);
    task.training.round_epochs = epochs_of_round(task);
    Trainer trainer(estimator, task.training, make_step(estimator, task, validation, pool), pool, host);
    result = trainer.train(*source, validation, task.checkpoints);
  });
  return result;
}

}  // namespace amortflow
