#include "train/training_state.h"

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr std::int64_t kMost = 9007199254740992;  // 2^53: doubles hold whole numbers up to here

/// One list entry for each column, as a fit's history has them.
Spec columns_of(const std::vector<EpochRecord>& records) {
  Spec::Numbers epoch, loss, validation_loss, learning_rate, gradient_norm, skipped, seconds;
  for (const EpochRecord& record : records) {
    epoch.push_back(static_cast<double>(record.epoch));
    loss.push_back(record.loss);
    validation_loss.push_back(record.validation_loss);
    learning_rate.push_back(record.learning_rate);
    gradient_norm.push_back(record.gradient_norm);
    skipped.push_back(static_cast<double>(record.skipped));
    seconds.push_back(record.seconds);
  }
  return Spec::List{{"epoch", epoch},
                    {"loss", loss},
                    {"validation_loss", validation_loss},
                    {"learning_rate", learning_rate},
                    {"gradient_norm", gradient_norm},
                    {"skipped", skipped},
                    {"seconds", seconds}};
}

std::vector<EpochRecord> records_of(const Spec& columns) {
  SpecReader reader(columns, "a checkpoint's history");
  const auto epoch = reader.numbers("epoch");
  std::vector<EpochRecord> records(epoch.size());
  const auto fill = [&](const char* name, auto member) {
    const auto numbers = reader.numbers(name);
    if (numbers.size() != records.size()) throw ConfigError("A checkpoint's history must have columns of one length.");
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto& field = records[i].*member;
      field = static_cast<std::decay_t<decltype(field)>>(numbers[i]);
    }
  };
  fill("epoch", &EpochRecord::epoch);
  fill("loss", &EpochRecord::loss);
  fill("validation_loss", &EpochRecord::validation_loss);
  fill("learning_rate", &EpochRecord::learning_rate);
  fill("gradient_norm", &EpochRecord::gradient_norm);
  fill("skipped", &EpochRecord::skipped);
  fill("seconds", &EpochRecord::seconds);
  reader.finish();
  return records;
}

}  // namespace

Spec TrainingState::to_spec() const {
  return Spec::List{{"steps", steps},
                    {"batches", batches},
                    {"epoch", columns_of({epoch})},
                    {"history", columns_of(history)},
                    {"losses", Spec::Numbers{untrained_loss, best_loss, best_standard_error}},
                    {"best_epoch", best_epoch},
                    {"skipped_in_a_row", skipped_in_a_row},
                    {"worse_than_untrained", worse_than_untrained},
                    {"worse_than_best", worse_than_best},
                    {"without_gain", without_gain},
                    {"levelled_off", levelled_off},
                    {"worsened", worsened},
                    {"halvings", moves.halvings},
                    {"decay_begin", moves.decay_begin},
                    {"decay_end", moves.decay_end},
                    {"seconds", Spec::Numbers{seconds, waiting}},
                    {"simulations", simulations}};
}

TrainingState TrainingState::from_spec(const Spec& spec) {
  SpecReader reader(spec, "a checkpoint");
  TrainingState state;
  state.steps = reader.integer("steps", 0, kMost);
  state.batches = reader.integer("batches", 0, kMost);
  const auto under_way = records_of(reader.child("epoch"));
  state.history = records_of(reader.child("history"));
  const auto losses = reader.numbers("losses");
  const auto seconds = reader.numbers("seconds");
  if (under_way.size() != 1 || losses.size() != 3 || seconds.size() != 2) {
    throw ConfigError("A checkpoint must have one epoch under way, three losses and two times.");
  }
  state.epoch = under_way.front();
  state.untrained_loss = losses[0];
  state.best_loss = losses[1];
  state.best_standard_error = losses[2];
  state.best_epoch = reader.integer("best_epoch", 0, kMost);
  state.skipped_in_a_row = reader.integer("skipped_in_a_row", 0, kMost);
  state.worse_than_untrained = reader.integer("worse_than_untrained", 0, kMost);
  state.worse_than_best = reader.integer("worse_than_best", 0, kMost);
  state.without_gain = reader.integer("without_gain", 0, kMost);
  state.levelled_off = reader.flag("levelled_off");
  state.worsened = reader.flag("worsened");
  state.moves.halvings = reader.integer("halvings", 0, kMost);
  state.moves.decay_begin = reader.integer("decay_begin", -1, kMost);
  state.moves.decay_end = reader.integer("decay_end", -1, kMost);
  state.seconds = seconds[0];
  state.waiting = seconds[1];
  state.simulations = reader.integer("simulations", 0, kMost);
  reader.finish();
  return state;
}

}  // namespace amortflow
