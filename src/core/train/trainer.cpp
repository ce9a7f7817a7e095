#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "base/store_error.h"
#include "train/cpu_step.h"

namespace amortflow {

namespace {

// Three epochs in a row that are worse than an untrained network are no accident.
constexpr std::int64_t kDivergedAfter = 3;
// Worse by less than this many nats is chance: where data say next to nothing, no network beats an untrained one.
constexpr double kDivergedMargin = 1;
// Validation runs in pieces of this many data sets, so that memory stays bounded; sums do not depend on threads.
constexpr std::int64_t kValidationPiece = 64;
// From so many pieces on their spread says something about the standard error of their mean.
constexpr std::int64_t kFewestPieces = 4;
// "Converged": over the last quarter of all epochs validation gained less than this many nats.
constexpr double kConvergedGain = 0.01;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// True if the best loss of the last quarter of a run hardly improves on the best before.
bool levelled_off(const std::vector<EpochRecord>& history) {
  const std::size_t quarter = history.size() / 4;
  if (quarter == 0) return false;
  const auto less = [](const EpochRecord& a, const EpochRecord& b) { return a.validation_loss < b.validation_loss; };
  const auto middle = history.end() - static_cast<std::ptrdiff_t>(quarter);
  const double before = std::min_element(history.begin(), middle, less)->validation_loss;
  const double after = std::min_element(middle, history.end(), less)->validation_loss;
  return before - after < kConvergedGain;
}

}  // namespace

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kConverged: return "converged";
    case Outcome::kStoppedEarly: return "stopped_early";
    case Outcome::kMaxEpochs: return "max_epochs";
    case Outcome::kInterrupted: return "interrupted";
    case Outcome::kDiverged: return "diverged";
    case Outcome::kSimulatorFailed: return "simulator_failed";
    case Outcome::kStoreFailed: return "store_failed";
  }
  return "";
}

TrainingOptions TrainingOptions::from_spec(const Spec& spec) {
  constexpr std::int64_t kMany = 1000000000;
  SpecReader reader(spec, "fit_posterior()");
  TrainingOptions options;
  reader.choice("kind", {"training"});
  options.epochs = reader.integer("epochs", 1, kMany);
  options.batches_per_epoch = reader.integer("batches_per_epoch", 1, kMany);
  options.batch_size = reader.integer("batch_size", 1, kMany);
  options.shards = reader.integer("shards", 1, 1024);
  options.patience = reader.integer("patience", 1, kMany);
  options.learning_rate = reader.number("learning_rate", 0, 1e6);
  options.warmup = reader.number("warmup", 0, 1);
  options.optimizer.weight_decay = reader.number("weight_decay", 0, 1);
  options.optimizer.clip_norm = reader.number("clip_norm", 1e-12, 1e12);
  reader.finish();
  return options;
}

Trainer::Trainer(Estimator& estimator, const TrainingOptions& options, ThreadPool& pool, HostService& host)
    : Trainer(estimator, options, std::make_unique<CpuStep>(estimator, options.shards, options.optimizer, pool), host) {
}

Trainer::Trainer(Estimator& estimator,
                 const TrainingOptions& options,
                 std::unique_ptr<TrainingStep> step,
                 HostService& host)
    : estimator_(estimator),
      options_(options),
      host_(host),
      step_(std::move(step)),
      best_weights_(estimator.parameters().values()) {
  const std::int64_t total = options.epochs * options.batches_per_epoch;
  schedule_ = {options.learning_rate, static_cast<std::int64_t>(options.warmup * static_cast<double>(total)), total};
}

/// False if too many steps in a row were not finite.
bool Trainer::run_epoch(BatchSource& source, EpochRecord& record) {
  step_->begin_epoch();
  for (std::int64_t i = 0; i < options_.batches_per_epoch; ++i) {
    if (host_.cancelled()) throw Cancelled();
    record.learning_rate = schedule_.rate(steps_++);
    step_->run(source.next(), record.learning_rate);
    record.loss = step_->tally().loss;
    report(steps_, record);
    if (step_->tally().skipped_in_a_row >= kMostSkippedInARow) break;
  }
  step_->finish();
  const StepTally& tally = step_->tally();
  record.loss = tally.loss;
  record.gradient_norm = tally.gradient_norm;
  record.skipped = tally.skipped;
  return tally.skipped_in_a_row < kMostSkippedInARow;
}

Trainer::Validation Trainer::validate(const TrainingBatch& validation) {
  const std::int64_t pieces = (validation.count() + kValidationPiece - 1) / kValidationPiece;
  const auto n = static_cast<double>(pieces);
  const std::vector<double> losses =
      step_->losses(validation, kValidationPiece, n / static_cast<double>(validation.count()));
  Validation result;
  result.loss = std::accumulate(losses.begin(), losses.end(), 0.0) / n;
  if (pieces < kFewestPieces) return result;
  double squares = 0;
  for (const double loss : losses) squares += (loss - result.loss) * (loss - result.loss);
  result.standard_error = std::sqrt(squares / (n * (n - 1)));
  return result;
}

void Trainer::report(std::int64_t steps_done, const EpochRecord& record) {
  Progress progress;
  progress.done = steps_done;
  progress.total = options_.epochs * options_.batches_per_epoch;
  progress.epoch = record.epoch;
  progress.loss = record.loss;
  progress.validation_loss = last_validation_loss_;
  host_.report(progress);
}

/// Takes note of a finished epoch; true if training is over.
bool Trainer::finished(const EpochRecord& record, double standard_error, TrainingResult& result) {
  if (record.validation_loss < result.best_validation_loss) {
    result.best_validation_loss = record.validation_loss;
    result.best_epoch = record.epoch;
    best_standard_error_ = standard_error;
    best_weights_ = estimator_.parameters().values();
  }
  const bool worse = !(record.validation_loss <= untrained_loss_ + kDivergedMargin);
  worse_than_untrained_ = worse ? worse_than_untrained_ + 1 : 0;
  if (worse_than_untrained_ >= kDivergedAfter) {
    result.outcome = Outcome::kDiverged;
    return true;
  }
  // One-standard-error rule (Breiman et al. 1984): epochs that are worse by less may be so by chance.
  const bool worse_than_best = !(record.validation_loss <= result.best_validation_loss + best_standard_error_);
  worse_than_best_ = worse_than_best ? worse_than_best_ + 1 : 0;
  if (worse_than_best_ >= options_.patience && record.epoch < options_.epochs) {
    result.outcome = Outcome::kStoppedEarly;
    return true;
  }
  return false;
}

void Trainer::run_epochs(BatchSource& source, const TrainingBatch& validation, TrainingResult& result) {
  const auto start = std::chrono::steady_clock::now();
  for (std::int64_t epoch = 1; epoch <= options_.epochs; ++epoch) {
    EpochRecord record;
    record.epoch = epoch;
    const bool finite = run_epoch(source, record);
    const Validation validated = validate(validation);
    record.validation_loss = last_validation_loss_ = validated.loss;
    record.seconds = seconds_since(start);
    result.history.push_back(record);
    const bool over = finished(record, validated.standard_error, result);
    if (!finite) result.outcome = Outcome::kDiverged;
    if (!finite || over) return;
  }
  result.outcome = levelled_off(result.history) ? Outcome::kConverged : Outcome::kMaxEpochs;
}

TrainingResult Trainer::train(BatchSource& source, const TrainingBatch& validation) {
  TrainingResult result;
  try {
    untrained_loss_ = result.best_validation_loss = validate(validation).loss;
    run_epochs(source, validation, result);
  } catch (const Cancelled&) {
    result.outcome = Outcome::kInterrupted;
  } catch (const SimulatorError& error) {
    result.outcome = Outcome::kSimulatorFailed;
    result.message = error.what();
    if (!error.hint().empty()) result.message += ": " + error.hint();
  } catch (const StoreError& error) {
    result.outcome = Outcome::kStoreFailed;
    result.message = error.what();
    result.hint = error.hint();
  } catch (const ShapeError& error) {
    result.outcome = Outcome::kSimulatorFailed;
    result.message = std::string("simulations must keep their shape throughout training: ") + error.what();
    if (result.message.back() == '.') result.message.pop_back();
  }
  estimator_.parameters().values() = best_weights_;
  result.dropped = source.dropped();
  result.device = step_->device();
  return result;
}

}  // namespace amortflow
