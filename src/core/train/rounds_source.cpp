#include "train/rounds_source.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/errors.h"
#include "base/random.h"

namespace amortflow {

RoundsSource::RoundsSource(std::unique_ptr<OnlineSource> fresh, const RoundsOptions& options)
    : fresh_(std::move(fresh)),
      options_(options),
      round_batches_((options.bank + options.batch_size - 1) / options.batch_size),
      round_steps_(round_batches_ * options.reuse),
      step_(round_steps_) {
  if (options.bank < 1 || options.reuse < 1) {
    throw ConfigError("rounds need at least 1 simulation, used at least once");
  }
}

/// Simulations that are there are taken; none is waited for.
void RoundsSource::collect() {
  while (static_cast<std::int64_t>(coming_.size()) < round_batches_ && fresh_->ready()) {
    coming_.push_back(fresh_->next());
  }
}

void RoundsSource::begin_round() {
  // What may be interrupted comes first: until then the place is the end of the last round.
  while (static_cast<std::int64_t>(coming_.size()) < round_batches_) coming_.push_back(fresh_->next());
  if (!options_.accumulate) {
    bank_begin_ = bank_end_;
    bank_.keep_last(0);
  }
  for (auto& batch : coming_) bank_.append(std::move(batch));
  coming_.clear();
  bank_end_ = fresh_->place();
  step_ = 0;
  shuffle(shuffles_++);
  place_ = 0;
}

void RoundsSource::rebuild() {
  for (; to_rebuild_ > 0; --to_rebuild_) bank_.append(fresh_->next());
  bank_end_ = fresh_->place();
  shuffle(shuffles_ - 1);
}

void RoundsSource::shuffle(std::int64_t shuffle) {
  order_.resize(static_cast<std::size_t>(bank_.count()));
  std::iota(order_.begin(), order_.end(), 0);
  rng random = stream(options_.seed, Purpose::kShuffle, static_cast<std::uint64_t>(shuffle));
  for (std::size_t i = order_.size(); i > 1; --i) {
    std::swap(order_[i - 1], order_[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  }
}

TrainingBatch RoundsSource::next() {
  if (to_rebuild_ > 0) rebuild();
  if (step_ == round_steps_) begin_round();
  collect();
  if (place_ == bank_.count()) {
    shuffle(shuffles_++);
    place_ = 0;
  }
  const auto first = order_.begin() + place_;
  place_ += options_.batch_size;
  ++step_;
  return bank_.select(std::vector<std::int64_t>(first, first + options_.batch_size));
}

SourcePosition RoundsSource::position() const {
  return Spec::List{{"kind", "rounds"},
                    {"simulated", bank_begin_.simulated},
                    {"dropped", bank_begin_.dropped},
                    {"batches", bank_.batches() + to_rebuild_},
                    {"step", step_},
                    {"shuffles", shuffles_},
                    {"place", place_}};
}

void RoundsSource::seek(const SourcePosition& position) {
  SpecReader reader(position, "the place in a source of batches");
  reader.choice("kind", {"rounds"});
  bank_begin_.simulated = reader.integer("simulated", 0, kMostCounted);
  bank_begin_.dropped = reader.integer("dropped", 0, bank_begin_.simulated);
  to_rebuild_ = reader.integer("batches", 0, kMostCounted);
  step_ = reader.integer("step", 0, round_steps_);
  shuffles_ = reader.integer("shuffles", 0, kMostCounted);
  place_ = reader.integer("place", 0, to_rebuild_ * options_.batch_size);
  reader.finish();
  if (to_rebuild_ % round_batches_ != 0) throw ConfigError("a bank has whole rounds of simulations");
  bank_end_ = bank_begin_;
  fresh_->seek(bank_begin_);
}

}  // namespace amortflow
