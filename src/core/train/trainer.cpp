#include "train/trainer.h"

#include <cmath>
#include <utility>

#include "base/errors.h"
#include "base/store_error.h"
#include "train/cpu_step.h"
#include "train/stopping.h"

namespace amortflow {

namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

/// A buffer's contents for as long as it lives, then its own again.
class Replaced final {
 public:
  Replaced(AlignedBuffer& place, const AlignedBuffer& by) : place_(place), own_(place) { place_ = by; }
  ~Replaced() { place_ = own_; }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  AlignedBuffer& place_;
  AlignedBuffer own_;
};

void tell_failure(const SimulatorError& error, TrainingResult& result) {
  result.outcome = Outcome::kSimulatorFailed;
  result.message = error.what();
  if (!error.hint().empty()) result.message += ": " + error.hint();
}

void tell_failure(const StoreError& error, TrainingResult& result) {
  result.outcome = Outcome::kStoreFailed;
  result.message = error.what();
  result.hint = error.hint();
}

void tell_failure(const ShapeError& error, TrainingResult& result) {
  result.outcome = Outcome::kSimulatorFailed;
  result.message = std::string("simulations must keep their shape throughout training: ") + error.what();
  if (result.message.back() == '.') result.message.pop_back();
}

}  // namespace

Trainer::Trainer(Estimator& estimator, const TrainingOptions& options, ThreadPool& pool, HostService& host)
    : Trainer(estimator,
              options,
              std::make_unique<CpuStep>(estimator, options.shards, options.optimizer, pool),
              pool,
              host) {}

Trainer::Trainer(Estimator& estimator,
                 const TrainingOptions& options,
                 std::unique_ptr<TrainingStep> step,
                 ThreadPool& pool,
                 HostService& host)
    : estimator_(estimator),
      options_(options),
      pool_(pool),
      host_(host),
      schedule_{options.schedule, options.learning_rate, options.warmup_steps(), options.total_steps()},
      step_(std::move(step)),
      best_weights_(estimator.parameters().values()) {}

/// Of this process and those that the run was begun by.
double Trainer::seconds() const { return state_.seconds + seconds_between(start_, Clock::now()); }

void Trainer::report() {
  Progress progress;
  progress.done = state_.steps;
  progress.total = state_.moves.decay_end >= 0 ? state_.moves.decay_end : options_.total_steps();
  progress.epoch = state_.epoch.epoch;
  progress.loss = state_.epoch.loss;
  progress.validation_loss =
      state_.history.empty() ? std::numeric_limits<double>::quiet_NaN() : state_.history.back().validation_loss;
  host_.report(progress);
}

TrainingBatch Trainer::next_batch(BatchSource& source) {
  const auto before = Clock::now();
  TrainingBatch batch = source.next();
  estimator_.prepare(static_cast<std::uint64_t>(state_.simulations), batch);
  state_.waiting += seconds_between(before, Clock::now());
  return batch;
}

void Trainer::take_step(const TrainingBatch& batch) {
  EpochRecord& record = state_.epoch;
  record.learning_rate = schedule_.rate(state_.steps, state_.moves);
  step_->run(batch, record.learning_rate);
  ++state_.steps;
  ++state_.batches;
  state_.simulations += batch.count();
  take_note_of_steps();
}

/// Into the record of the epoch under way.
void Trainer::take_note_of_steps() {
  EpochRecord& record = state_.epoch;
  StepTally tally{known_ - record.skipped, record.skipped, state_.skipped_in_a_row, record.loss, record.gradient_norm};
  tally.add(step_->collect());
  known_ = tally.taken + tally.skipped;
  state_.skipped_in_a_row = tally.skipped_in_a_row;
  record.skipped = tally.skipped;
  record.loss = tally.loss;
  record.gradient_norm = tally.gradient_norm;
}

/// Waits for whoever computes: all that is known of the run is then up to date.
void Trainer::settle() {
  step_->finish();
  take_note_of_steps();
}

/// The rest of the epoch under way; less where the loss is not finite any more.
void Trainer::run_epoch(BatchSource& source) {
  while (state_.batches < options_.batches_per_epoch && !has_diverged(options_, state_)) {
    if (host_.cancelled()) throw Cancelled();
    take_step(next_batch(source));
    report();
    if (!checkpoints_.path.empty() && seconds_between(last_checkpoint_, Clock::now()) >= checkpoints_.seconds) {
      keep_checkpoint(source);
    }
  }
  settle();
}

Validation Trainer::validate_weights(const TrainingBatch& validation) {
  const AlignedBuffer& average = step_->average();
  if (average.size() == 0) return validate(validation, *step_, host_);
  const Replaced averaged(estimator_.parameters().values(), average);
  return validate(validation, *step_, host_);
}

void Trainer::close_epoch(const TrainingBatch& validation) {
  const Validation validated = validate_weights(validation);
  state_.epoch.validation_loss = validated.loss;
  state_.epoch.seconds = seconds();
  state_.history.push_back(state_.epoch);
  const bool was_stable = state_.moves.decay_begin < 0;
  if (take_note(options_, validated, state_)) {
    const AlignedBuffer& average = step_->average();
    best_weights_ = average.size() > 0 ? average : estimator_.parameters().values();
  }
  // What was learned by heart since the best epoch would only be annealed.
  const bool decay_begins = was_stable && state_.moves.decay_begin >= 0;
  if (decay_begins && state_.worsened) go_back_to_best();
  state_.epoch = EpochRecord();
  state_.epoch.epoch = static_cast<std::int64_t>(state_.history.size()) + 1;
  state_.batches = 0;
  known_ = 0;
}

void Trainer::go_back_to_best() {
  estimator_.parameters().values() = best_weights_;
  step_->weights_changed();
  if (step_->average().size() == 0) return;
  Optimizer::State state = step_->optimizer_state();
  state.average = best_weights_;
  step_->restore(std::move(state));
}

void Trainer::run_epochs(BatchSource& source, const TrainingBatch& validation, TrainingResult& result) {
  std::optional<Outcome> outcome;
  while (!outcome) {
    run_epoch(source);
    close_epoch(validation);
    outcome = verdict(options_, state_);
  }
  result.outcome = *outcome;
}

void Trainer::run(BatchSource& source, const TrainingBatch& validation, TrainingResult& result) {
  try {
    if (state_.epoch.epoch == 0) {
      state_.untrained_loss = state_.best_loss = validate(validation, *step_, host_).loss;
      state_.epoch.epoch = 1;
    }
    run_epochs(source, validation, result);
  } catch (const Cancelled&) {
    result.outcome = Outcome::kInterrupted;
  } catch (const SimulatorError& error) {
    tell_failure(error, result);
  } catch (const StoreError& error) {
    tell_failure(error, result);
  } catch (const ShapeError& error) {
    tell_failure(error, result);
  }
}

void Trainer::resume(Checkpoint checkpoint, BatchSource& source) {
  state_ = std::move(checkpoint.state);
  estimator_.parameters().values() = std::move(checkpoint.weights);
  best_weights_ = std::move(checkpoint.best_weights);
  known_ = state_.batches;
  step_->restore(std::move(checkpoint.optimizer));
  source.seek(checkpoint.source);
}

/// A disk that is full must not end a run: the next attempt may succeed, and the fit does not depend on it.
void Trainer::keep_checkpoint(BatchSource& source) {
  settle();
  Checkpoint checkpoint{state_, source.position(), estimator_.parameters().values(), best_weights_,
                        step_->optimizer_state()};
  checkpoint.state.seconds = seconds();
  try {
    write_checkpoint(checkpoints_, checkpoint);
    checkpoint_problem_.clear();
  } catch (const StoreError& error) {
    checkpoint_problem_ = error.what();
  }
  last_checkpoint_ = Clock::now();
}

TrainingResult Trainer::train(BatchSource& source,
                              const TrainingBatch& validation,
                              const CheckpointOptions& checkpoints) {
  checkpoints_ = checkpoints;
  start_ = last_checkpoint_ = Clock::now();
  auto checkpoint = read_checkpoint(checkpoints, estimator_.parameters().layout().floats());
  if (checkpoint) resume(std::move(*checkpoint), source);
  TrainingResult result;
  run(source, validation, result);
  if (!checkpoints_.path.empty() && can_go_on(result.outcome) && state_.steps > 0) keep_checkpoint(source);
  estimator_.parameters().values() = best_weights_;
  result.best_epoch = state_.best_epoch;
  result.best_validation_loss = state_.best_loss;
  result.dropped = source.dropped();
  result.device = step_->device();
  result.history = state_.history;
  result.rates = {seconds(), state_.waiting, state_.steps, state_.simulations, pool_.threads()};
  result.checkpoint_problem = checkpoint_problem_;
  return result;
}

}  // namespace amortflow
