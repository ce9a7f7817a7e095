#include "train/stopping.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "train/training_step.h"

namespace amortflow {

namespace {

// Three epochs in a row that are worse than an untrained network are no accident.
constexpr std::int64_t kDivergedAfter = 3;
// Worse by less than this many nats is chance: where data say next to nothing, no network beats an untrained one.
constexpr double kDivergedMargin = 1;
// After so many halvings a rate is a thousandth of its peak, and moves nothing any more.
constexpr std::int64_t kMostHalvings = 10;
// Epochs of the decay for each epoch before it: a quarter of the whole.
constexpr double kDecayShare = 1.0 / 3;

std::int64_t epochs_of(const TrainingState& state) { return static_cast<std::int64_t>(state.history.size()); }

/// True if the best loss of the last quarter of a run improves on the best before by less than `gain`.
bool levelled_off(const std::vector<EpochRecord>& history, double gain) {
  const std::size_t quarter = history.size() / 4;
  if (quarter == 0) return false;
  const auto less = [](const EpochRecord& a, const EpochRecord& b) { return a.validation_loss < b.validation_loss; };
  const auto middle = history.end() - static_cast<std::ptrdiff_t>(quarter);
  const double before = std::min_element(history.begin(), middle, less)->validation_loss;
  const double after = std::min_element(middle, history.end(), less)->validation_loss;
  return before - after < gain;
}

/// Median validation loss of epochs [begin, end).
double median_loss(const std::vector<EpochRecord>& history, std::size_t begin, std::size_t end) {
  std::vector<double> losses;
  for (std::size_t i = begin; i < end; ++i) losses.push_back(history[i].validation_loss);
  std::sort(losses.begin(), losses.end());
  return 0.5 * (losses[(losses.size() - 1) / 2] + losses[losses.size() / 2]);
}

/// By how much the last quarter of the epochs so far is better than the quarter before; infinite as long as nobody can
/// tell. At a rate that does not fall, single epochs scatter by more than a quarter gains, and the best one is so by
/// luck; medians hardly do.
double recent_gain(const std::vector<EpochRecord>& history, std::int64_t least) {
  const std::size_t n = history.size();
  const std::size_t part = std::max(static_cast<std::size_t>(least), n / 4);
  if (n < 2 * part) return std::numeric_limits<double>::infinity();
  return median_loss(history, n - 2 * part, n - part) - median_loss(history, n - part, n);
}

std::int64_t decay_epochs(std::int64_t stable_epochs) {
  return std::max<std::int64_t>(1,
                                static_cast<std::int64_t>(std::ceil(kDecayShare * static_cast<double>(stable_epochs))));
}

/// Epochs in a row that are worse than an untrained network before training has diverged.
std::int64_t most_worse_epochs(const TrainingOptions& options) {
  return options.round_epochs > 1 ? kDivergedAfter + options.round_epochs : kDivergedAfter;
}

/// From here on down to zero: when validation stopped improving, or when the decay needs all epochs that are left.
void move_stable_decay(const TrainingOptions& options, TrainingState& state) {
  const std::int64_t done = epochs_of(state);
  if (options.until_converged && state.steps > options.warmup_steps()) {
    const double gain = recent_gain(state.history, options.patient_epochs());
    state.levelled_off = gain < options.converged_gain;
    state.worsened = gain < -state.best_standard_error;
  }
  // Networks that were better and learned their simulations by heart so fast that no quarter is over yet.
  if (options.until_converged && state.best_epoch > 0 && state.worse_than_untrained >= most_worse_epochs(options)) {
    state.levelled_off = state.worsened = true;
    state.worse_than_untrained = 0;
  }
  if (!state.levelled_off && done + 1 + decay_epochs(done + 1) <= options.epochs) return;
  const std::int64_t epochs = std::max<std::int64_t>(
      0, state.levelled_off ? std::min(decay_epochs(done), options.epochs - done) : options.epochs - done);
  state.moves.decay_begin = state.steps;
  state.moves.decay_end = state.steps + epochs * options.batches_per_epoch;
}

void move_plateau(const TrainingOptions& options, TrainingState& state) {
  if (state.without_gain < std::max((options.patience + 1) / 2, options.round_epochs) ||
      state.moves.halvings >= kMostHalvings)
    return;
  ++state.moves.halvings;
  state.without_gain = state.worse_than_best = 0;
}

bool is_stable(const TrainingOptions& options, const TrainingState& state) {
  return options.schedule == ScheduleKind::kStableDecay && state.moves.decay_begin < 0;
}

void move_schedule(const TrainingOptions& options, TrainingState& state) {
  if (state.steps <= options.warmup_steps()) state.without_gain = state.worse_than_best = 0;
  if (options.schedule == ScheduleKind::kPlateau) move_plateau(options, state);
  if (is_stable(options, state)) move_stable_decay(options, state);
}

/// Whether a run until convergence has come to its end sooner than at its last epoch.
bool converged(const TrainingOptions& options, const TrainingState& state) {
  if (!options.until_converged) return false;
  if (options.schedule == ScheduleKind::kPlateau) return state.moves.halvings >= kMostHalvings;
  if (options.schedule == ScheduleKind::kConstant) {
    return state.steps > options.warmup_steps() &&
           recent_gain(state.history, options.patient_epochs()) < options.converged_gain;
  }
  return state.levelled_off && state.moves.decay_begin >= 0 && state.steps >= state.moves.decay_end;
}

}  // namespace

bool take_note(const TrainingOptions& options, const Validation& validated, TrainingState& state) {
  const EpochRecord& record = state.history.back();
  const bool best = record.validation_loss < state.best_loss;
  ++state.without_gain;
  if (best) {
    state.best_loss = record.validation_loss;
    state.best_epoch = record.epoch;
    state.best_standard_error = validated.standard_error;
    state.without_gain = 0;
  }
  const bool worse = !(record.validation_loss <= state.untrained_loss + kDivergedMargin);
  state.worse_than_untrained = worse ? state.worse_than_untrained + 1 : 0;
  // One-standard-error rule (Breiman et al. 1984): epochs that are worse by less may be so by chance. At a constant
  // rate they scatter by more, and the best, with which a decay is compared as well, is so by luck: nothing is said of
  // them.
  const bool steady = options.schedule == ScheduleKind::kConstant || options.schedule == ScheduleKind::kStableDecay;
  const bool worse_than_best = !steady && !(record.validation_loss <= state.best_loss + state.best_standard_error);
  state.worse_than_best = worse_than_best ? state.worse_than_best + 1 : 0;
  move_schedule(options, state);
  return best;
}

bool has_diverged(const TrainingOptions& options, const TrainingState& state) {
  return state.skipped_in_a_row >= kMostSkippedInARow || state.worse_than_untrained >= most_worse_epochs(options);
}

std::optional<Outcome> verdict(const TrainingOptions& options, const TrainingState& state) {
  if (has_diverged(options, state)) return Outcome::kDiverged;
  if (converged(options, state)) return state.worsened ? Outcome::kStoppedEarly : Outcome::kConverged;
  const bool last = epochs_of(state) >= options.epochs;
  if (state.worse_than_best >= options.patient_epochs() && !last) return Outcome::kStoppedEarly;
  if (!last) return std::nullopt;
  return levelled_off(state.history, options.converged_gain) ? Outcome::kConverged : Outcome::kMaxEpochs;
}

}  // namespace amortflow
