#include "train/replay_source.h"

#include <algorithm>
#include <string>
#include <utility>

#include "adapt/subsample.h"
#include "base/errors.h"
#include "base/random.h"

namespace amortflow {

namespace {

std::int64_t ceiling(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::int64_t ReplaySource::added_at_once(const ReplayOptions& options) {
  return std::max<std::int64_t>(1, options.batch_size / options.reuse);
}

ReplaySource::ReplaySource(std::unique_ptr<OnlineSource> fresh, const ReplayOptions& options)
    : fresh_(std::move(fresh)),
      options_(options),
      at_once_(added_at_once(options)),
      most_batches_(ceiling(options.bank, at_once_)),
      first_batches_(std::max(ceiling(options.batch_size, at_once_), ceiling(most_batches_, 4))) {
  if (options.bank < options.batch_size) {
    throw ConfigError("replay must keep at least a batch of " + std::to_string(options.batch_size) +
                      " simulations, not " + std::to_string(options.bank));
  }
}

void ReplaySource::add() {
  begins_.push_back(fresh_->place());
  bank_.append(fresh_->next());
  bank_.keep_last(most_batches_);
  if (static_cast<std::int64_t>(begins_.size()) > most_batches_) begins_.pop_front();
}

TrainingBatch ReplaySource::next() {
  for (; to_rebuild_ > 0; --to_rebuild_) add();
  const std::int64_t wanted = first_batches_ + step_ * options_.batch_size / (options_.reuse * at_once_);
  for (; added_ < wanted; ++added_) add();
  rng random = stream(options_.seed, Purpose::kReplay, static_cast<std::uint64_t>(step_++));
  return bank_.select(random_positions(bank_.count(), options_.batch_size, random));
}

SourcePosition ReplaySource::position() const {
  const OnlineSource::Place begin = begins_.empty() ? fresh_->place() : begins_.front();
  return Spec::List{{"kind", "replay"},
                    {"simulated", begin.simulated},
                    {"dropped", begin.dropped},
                    {"added", added_},
                    {"step", step_}};
}

void ReplaySource::seek(const SourcePosition& position) {
  SpecReader reader(position, "the place in a source of batches");
  reader.choice("kind", {"replay"});
  OnlineSource::Place begin;
  begin.simulated = reader.integer("simulated", 0, kMostCounted);
  begin.dropped = reader.integer("dropped", 0, begin.simulated);
  added_ = reader.integer("added", 0, kMostCounted);
  step_ = reader.integer("step", 0, kMostCounted);
  reader.finish();
  to_rebuild_ = std::min(added_, most_batches_);
  fresh_->seek(begin);
}

}  // namespace amortflow
