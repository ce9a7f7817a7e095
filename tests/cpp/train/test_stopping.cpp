#include <functional>

#include "support/catch.h"
#include "train/stopping.h"

using namespace amortflow;

namespace {

TrainingOptions options_of(ScheduleKind schedule, std::int64_t epochs, bool until_converged) {
  TrainingOptions options;
  options.schedule = schedule;
  options.epochs = epochs;
  options.until_converged = until_converged;
  options.batches_per_epoch = 10;
  options.patience = 4;
  options.warmup = 0;
  return options;
}

struct Run {
  Outcome outcome = Outcome::kMaxEpochs;
  TrainingState state;
};

/// Epochs whose validation loss is `loss`, of standard error 0.05, until there is a verdict. An untrained network's
/// loss is 5.
Run run(const TrainingOptions& options, const std::function<double(std::int64_t)>& loss) {
  Run run;
  TrainingState& state = run.state;
  state.untrained_loss = state.best_loss = 5;
  for (std::int64_t epoch = 1;; ++epoch) {
    CATCH_REQUIRE(epoch <= options.epochs);
    state.steps += options.batches_per_epoch;
    EpochRecord record;
    record.epoch = epoch;
    record.validation_loss = loss(epoch);
    state.history.push_back(record);
    const bool best = take_note(options, {record.validation_loss, 0.05}, state);
    CATCH_CHECK(best == (state.best_epoch == epoch));
    if (const auto outcome = verdict(options, state)) {
      run.outcome = *outcome;
      return run;
    }
  }
}

std::int64_t epochs_of(const Run& run) { return static_cast<std::int64_t>(run.state.history.size()); }

/// Falls to 1 at epoch 20 and stays there.
double falls_and_stays(std::int64_t epoch) { return epoch < 20 ? 5 - 0.2 * static_cast<double>(epoch) : 1; }

}  // namespace

CATCH_TEST_CASE(
    "networks that learn by heart at once decay from their best, where they had been better than untrained") {
  const auto rises = [](std::int64_t epoch) { return epoch < 4 ? 3.0 : 2.0 * static_cast<double>(epoch); };
  const Run learned = run(options_of(ScheduleKind::kStableDecay, 1000, true), rises);
  CATCH_CHECK(learned.state.worsened);
  CATCH_CHECK(learned.state.moves.decay_begin == 6 * 10);  // epochs 4 to 6 are worse than 5 + 1
  const auto never_good = [](std::int64_t epoch) { return 6.5 + static_cast<double>(epoch); };
  const Run diverged = run(options_of(ScheduleKind::kStableDecay, 1000, true), never_good);
  CATCH_CHECK(diverged.outcome == Outcome::kDiverged);
  CATCH_CHECK(epochs_of(diverged) == 3);
}

CATCH_TEST_CASE("nothing is decided before a round of simulations is over, nor while the rate warms up") {
  for (const auto kind : {ScheduleKind::kCosine, ScheduleKind::kPlateau, ScheduleKind::kStableDecay}) {
    TrainingOptions options = options_of(kind, 400, kind != ScheduleKind::kCosine);
    options.round_epochs = 40;
    const auto learns_by_heart = [](std::int64_t epoch) { return 3 + 0.02 * static_cast<double>(epoch); };
    CATCH_CHECK(epochs_of(run(options, learns_by_heart)) > 40);
    options.round_epochs = 1;
    options.warmup = 0.1;
    CATCH_CHECK(epochs_of(run(options, learns_by_heart)) > 40);
  }
}

CATCH_TEST_CASE("a run until convergence decays once validation has levelled off, for a third as long, and ends") {
  const Run level = run(options_of(ScheduleKind::kStableDecay, 1000, true), falls_and_stays);
  CATCH_CHECK(level.outcome == Outcome::kConverged);
  CATCH_CHECK(level.state.levelled_off);
  // Epochs 24 to 30 are the last quarter; of 17 to 23 before it, four of seven are as good.
  CATCH_CHECK(level.state.moves.decay_begin == 30 * 10);
  CATCH_CHECK(level.state.moves.decay_end == 40 * 10);
  CATCH_CHECK(epochs_of(level) == 40);
}

CATCH_TEST_CASE("how small a gain ends a run is an option, because not every loss is measured in nats") {
  const auto falls_slowly = [](std::int64_t epoch) { return 4 - 0.0005 * static_cast<double>(epoch); };
  TrainingOptions options = options_of(ScheduleKind::kStableDecay, 100, true);
  const Run in_nats = run(options, falls_slowly);
  CATCH_CHECK(in_nats.outcome == Outcome::kConverged);
  CATCH_CHECK(epochs_of(in_nats) < 20);
  options.converged_gain = 0.001;
  const Run squares = run(options, falls_slowly);
  CATCH_CHECK(squares.outcome == Outcome::kMaxEpochs);
  CATCH_CHECK(squares.state.moves.decay_begin == 75 * 10);
}

CATCH_TEST_CASE(
    "a run that goes on improving decays in time for its last epoch, and says that it had not levelled off") {
  const auto falls = [](std::int64_t epoch) { return 4 - 0.03 * static_cast<double>(epoch); };
  for (const bool until_converged : {true, false}) {
    for (const std::int64_t epochs : {1, 2, 3, 4, 7, 100}) {
      const Run improving = run(options_of(ScheduleKind::kStableDecay, epochs, until_converged), falls);
      CATCH_INFO(epochs << " epochs");
      CATCH_CHECK(improving.outcome == Outcome::kMaxEpochs);
      CATCH_CHECK(epochs_of(improving) == epochs);
      CATCH_CHECK(improving.state.moves.decay_end <= epochs * 10);
      if (epochs == 100) CATCH_CHECK(improving.state.moves.decay_begin == 75 * 10);
      if (epochs > 1) CATCH_CHECK(improving.state.moves.decay_end == epochs * 10);
    }
  }
}

CATCH_TEST_CASE("epochs that get worse begin the decay; under a cosine they end the run") {
  const auto turns = [](std::int64_t epoch) { return epoch < 20 ? falls_and_stays(epoch) : 1.2 + 0.1 * double(epoch); };
  const Run worse = run(options_of(ScheduleKind::kStableDecay, 1000, true), turns);
  CATCH_CHECK(worse.state.moves.decay_begin == 22 * 10);
  CATCH_CHECK(worse.state.worsened);
  CATCH_CHECK(worse.outcome == Outcome::kStoppedEarly);
  CATCH_CHECK(epochs_of(worse) == 22 + 8);
  CATCH_CHECK(worse.state.best_epoch == 19);
  const Run cosine = run(options_of(ScheduleKind::kCosine, 1000, true), turns);
  CATCH_CHECK(cosine.outcome == Outcome::kStoppedEarly);
  CATCH_CHECK(epochs_of(cosine) == 23);
}

CATCH_TEST_CASE("a decay goes to its end, however good an epoch before it was by luck") {
  const auto lucky = [](std::int64_t epoch) { return epoch == 15 ? 0.1 : falls_and_stays(epoch); };
  const Run run_of_luck = run(options_of(ScheduleKind::kStableDecay, 1000, true), lucky);
  CATCH_CHECK(run_of_luck.outcome == Outcome::kConverged);
  CATCH_CHECK_FALSE(run_of_luck.state.worsened);
}

CATCH_TEST_CASE("a plateau is halved after half the patience without a gain, until that moves nothing any more") {
  const Run fixed = run(options_of(ScheduleKind::kPlateau, 100, false), falls_and_stays);
  CATCH_CHECK(fixed.state.moves.halvings == 10);
  CATCH_CHECK(epochs_of(fixed) == 100);
  CATCH_CHECK(fixed.outcome == Outcome::kConverged);
  const Run until = run(options_of(ScheduleKind::kPlateau, 1000, true), falls_and_stays);
  CATCH_CHECK(until.outcome == Outcome::kConverged);
  CATCH_CHECK(epochs_of(until) == 20 + 10 * 2);
}

CATCH_TEST_CASE("nothing is decided while the rate still warms up") {
  for (const auto kind : {ScheduleKind::kStableDecay, ScheduleKind::kPlateau, ScheduleKind::kConstant}) {
    TrainingOptions options = options_of(kind, 200, true);
    options.warmup = 0.2;  // 40 epochs
    const Run run_of_kind = run(options, [](std::int64_t) { return 4.0; });
    CATCH_CHECK(run_of_kind.outcome == Outcome::kConverged);
    if (kind == ScheduleKind::kStableDecay) CATCH_CHECK(run_of_kind.state.moves.decay_begin == 41 * 10);
    if (kind == ScheduleKind::kPlateau) CATCH_CHECK(epochs_of(run_of_kind) == 40 + 10 * 2);
    if (kind == ScheduleKind::kConstant) CATCH_CHECK(epochs_of(run_of_kind) == 41);
  }
}

CATCH_TEST_CASE("a constant rate ends where validation levels off, a cosine at its last epoch") {
  const Run constant = run(options_of(ScheduleKind::kConstant, 1000, true), falls_and_stays);
  CATCH_CHECK(constant.outcome == Outcome::kConverged);
  CATCH_CHECK(epochs_of(constant) == 30);
  const Run cosine = run(options_of(ScheduleKind::kCosine, 100, true), falls_and_stays);
  CATCH_CHECK(cosine.outcome == Outcome::kConverged);
  CATCH_CHECK(epochs_of(cosine) == 100);
}

CATCH_TEST_CASE("three epochs far worse than an untrained network have diverged, whatever the schedule") {
  for (const auto kind : {ScheduleKind::kCosine, ScheduleKind::kStableDecay, ScheduleKind::kPlateau}) {
    const Run diverged = run(options_of(kind, 100, true), [](std::int64_t) { return 6.5; });
    CATCH_CHECK(diverged.outcome == Outcome::kDiverged);
    CATCH_CHECK(epochs_of(diverged) == 3);
    CATCH_CHECK(diverged.state.best_epoch == 0);
  }
}
