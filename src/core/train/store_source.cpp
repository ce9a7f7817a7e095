#include "train/store_source.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/random.h"
#include "base/store_error.h"
#include "simulate/store_file.h"
#include "simulate/store_simulations.h"

namespace amortflow {

namespace {

template <class T>
void make_room(std::vector<T>& values, double times) {
  values.reserve(static_cast<std::size_t>(static_cast<double>(values.size()) * times));
}

/// For `times` as many simulations of the same kind, so that a window does not grow by copies of itself.
void make_room(TrainingBatch& batch, double times) {
  make_room(batch.parameters.values, times);
  make_room(batch.data.context.values, times);
  for (auto& observed : batch.data.observed) {
    make_room(observed.values.values, times);
    make_room(observed.segments.offsets, times);
  }
}

}  // namespace

StoreSource::StoreSource(const StoreOptions& options, const Adapter& adapter)
    : options_(options),
      adapter_(adapter),
      index_(read_store_index(options.folder)),
      first_pass_left_(options.simulations) {
  std::int64_t left = options.simulations;
  for (std::size_t k = 0; k < index_.shards.size() && left > 0; ++k) {
    const std::int64_t used = std::min(left, index_.shards[k].simulations());
    if (used > 0) places_.push_back({k, used});
    left -= used;
  }
  if (left > 0 || options.simulations < 2) {
    throw ConfigError("training needs at least 2 simulations, and no more than the store has, not " +
                      std::to_string(options.simulations));
  }
  request_window();
}

std::vector<std::int64_t> StoreSource::shuffled(std::int64_t count) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  rng random = stream(options_.seed, Purpose::kShuffle, shuffles_++);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  }
  return order;
}

std::vector<StoreSource::Place> StoreSource::plan_window() {
  std::vector<Place> window;
  for (std::int64_t bytes = 0; window.empty() || bytes < options_.buffer_bytes / 2; ++next_shard_) {
    if (next_shard_ == shard_order_.size()) {
      if (!window.empty()) break;
      shard_order_ = shuffled(static_cast<std::int64_t>(places_.size()));
      next_shard_ = 0;
    }
    window.push_back(places_[static_cast<std::size_t>(shard_order_[next_shard_])]);
    bytes += index_.shards[window.back().shard].bytes;
  }
  return window;
}

/// On the reading thread: touches nothing that changes.
StoreSource::Window StoreSource::read_window(const std::vector<Place>& places) const {
  Window window;
  const auto total = std::accumulate(places.begin(), places.end(), options_.batch_size,
                                     [](std::int64_t sum, const Place& place) { return sum + place.simulations; });
  for (const auto& place : places) {
    const ShardEntry& entry = index_.shards[place.shard];
    Simulations simulations = simulations_of(index_.schema, read_shard(options_.folder, index_, entry));
    const bool whole = place.simulations == entry.simulations();
    TrainingBatch batch = adapt_simulations(whole ? std::move(simulations) : first_of(simulations, place.simulations),
                                            0, adapter_, window.dropped);
    const bool first = window.simulations.count() == 0;
    append(window.simulations, batch);
    if (first && batch.count() > 0) {
      make_room(window.simulations, static_cast<double>(total) / static_cast<double>(batch.count()));
    }
  }
  return window;
}

void StoreSource::request_window() {
  requested_ = std::async(std::launch::async, [this, places = plan_window()] { return read_window(places); });
}

void StoreSource::refill() {
  Window next = requested_.get();
  request_window();
  const std::int64_t read = next.simulations.count() + next.dropped;
  if (first_pass_left_ > 0) dropped_ += next.dropped;
  first_pass_left_ -= read;
  empty_windows_ = next.simulations.count() > 0 ? 0 : empty_windows_ + 1;
  if (empty_windows_ > static_cast<std::int64_t>(places_.size())) {
    throw StoreError("None of the simulations of the store `" + options_.folder + "` is finite.");
  }
  const std::vector<std::int64_t> left(order_.begin() + position_, order_.end());
  const TrainingBatch rest = select(window_, left);
  window_ = std::move(next.simulations);
  if (rest.count() > 0) append(window_, rest);
  order_ = shuffled(window_.count());
  position_ = 0;
}

TrainingBatch StoreSource::next() {
  while (window_.count() - position_ < options_.batch_size) refill();
  const auto first = order_.begin() + position_;
  position_ += options_.batch_size;
  return select(window_, std::vector<std::int64_t>(first, first + options_.batch_size));
}

}  // namespace amortflow
