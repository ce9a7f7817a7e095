#include "train/store_source.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <utility>

#include "base/errors.h"
#include "base/random.h"
#include "base/spec.h"
#include "base/store_error.h"
#include "base/working_thread.h"
#include "simulate/store_file.h"
#include "simulate/store_simulations.h"

namespace amortflow {

namespace {

constexpr const char* kPositionName = "the place in a store of simulations";

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
  requested_places_ = plan_window();
}

StoreSource::~StoreSource() {
  stop_ = true;
  wanted_.close();
  windows_.close();
  if (reader_.joinable()) reader_.join();
}

std::vector<std::int64_t> StoreSource::shuffled(std::int64_t count, std::int64_t shuffle) const {
  std::vector<std::int64_t> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  rng random = stream(options_.seed, Purpose::kShuffle, static_cast<std::uint64_t>(shuffle));
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.uniform() * static_cast<double>(i))]);
  }
  return order;
}

StoreSource::PlaceNumbers StoreSource::plan_window() {
  PlaceNumbers window;
  for (std::int64_t bytes = 0; window.empty() || bytes < options_.buffer_bytes / 2; ++next_shard_) {
    if (next_shard_ == shard_order_.size()) {
      if (!window.empty()) break;
      shard_shuffle_ = shuffles_++;
      shard_order_ = shuffled(static_cast<std::int64_t>(places_.size()), shard_shuffle_);
      next_shard_ = 0;
    }
    window.push_back(shard_order_[next_shard_]);
    bytes += index_.shards[places_[static_cast<std::size_t>(window.back())].shard].bytes;
  }
  return window;
}

TrainingBatch StoreSource::read_place(std::int64_t number, std::int64_t& dropped) const {
  const Place& place = places_[static_cast<std::size_t>(number)];
  const ShardEntry& entry = index_.shards[place.shard];
  Simulations simulations = simulations_of(index_.schema, read_shard(options_.folder, index_, entry));
  const bool whole = place.simulations == entry.simulations();
  return adapt_simulations(whole ? std::move(simulations) : first_of(simulations, place.simulations), 0, adapter_,
                           dropped);
}

/// On the reading thread: touches nothing that changes.
StoreSource::Window StoreSource::read_window(const PlaceNumbers& places) const {
  Window window;
  const auto total =
      std::accumulate(places.begin(), places.end(), options_.batch_size, [this](std::int64_t sum, std::int64_t number) {
        return sum + places_[static_cast<std::size_t>(number)].simulations;
      });
  for (const auto number : places) {
    if (stop_) throw Cancelled();
    const TrainingBatch batch = read_place(number, window.dropped);
    const bool first = window.simulations.count() == 0;
    append(window.simulations, batch);
    if (first && batch.count() > 0) {
      make_room(window.simulations, static_cast<double>(total) / static_cast<double>(batch.count()));
    }
    for (std::int64_t row = 0; row < batch.count(); ++row) window.origins.push_back({number, row});
  }
  return window;
}

/// The reading thread.
void StoreSource::read_windows() noexcept {
  try {
    while (const auto places = wanted_.pop()) windows_.push(read_window(*places));
  } catch (...) {
    windows_.fail(std::current_exception());
  }
}

void StoreSource::ask_for_window() {
  if (!reader_.joinable()) reader_ = start_working_thread([this] { read_windows(); });
  if (!asked_) wanted_.push(requested_places_);
  asked_ = true;
}

StoreSource::Window StoreSource::wait_for_window() {
  ask_for_window();
  const auto start = std::chrono::steady_clock::now();
  auto window = windows_.pop_for(std::chrono::milliseconds(50));
  while (!window) {
    if (options_.cancel && *options_.cancel) throw Cancelled();
    window = windows_.pop_for(std::chrono::milliseconds(50));
  }
  asked_ = false;
  waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return std::move(*window);
}

/// Puts what the window before left over behind the next, and mixes.
void StoreSource::use_window(Window window, const TrainingBatch& left, std::vector<Origin> origins) {
  window_ = std::move(window);
  left_over_ = std::move(origins);
  if (left.count() > 0) append(window_.simulations, left);
  window_.origins.insert(window_.origins.end(), left_over_.begin(), left_over_.end());
  order_ = shuffled(window_.simulations.count(), order_shuffle_);
  position_ = 0;
}

void StoreSource::refill() {
  Window next = wait_for_window();
  window_places_ = std::move(requested_places_);
  requested_places_ = plan_window();
  ask_for_window();
  const std::int64_t read = next.simulations.count() + next.dropped;
  if (first_pass_left_ > 0) dropped_ += next.dropped;
  first_pass_left_ = std::max<std::int64_t>(0, first_pass_left_ - read);
  empty_windows_ = next.simulations.count() > 0 ? 0 : empty_windows_ + 1;
  if (empty_windows_ > static_cast<std::int64_t>(places_.size())) {
    throw StoreError("None of the simulations of the store `" + options_.folder + "` is finite.");
  }
  const std::vector<std::int64_t> left(order_.begin() + position_, order_.end());
  std::vector<Origin> origins;
  for (const auto i : left) origins.push_back(window_.origins[static_cast<std::size_t>(i)]);
  const TrainingBatch rest = select(window_.simulations, left);
  order_shuffle_ = shuffles_++;
  use_window(std::move(next), rest, std::move(origins));
}

TrainingBatch StoreSource::next() {
  while (static_cast<std::int64_t>(order_.size()) - position_ < options_.batch_size) refill();
  const auto first = order_.begin() + position_;
  position_ += options_.batch_size;
  return select(window_.simulations, std::vector<std::int64_t>(first, first + options_.batch_size));
}

SourcePosition StoreSource::position() const {
  const auto numbers = [](const PlaceNumbers& places) { return Spec::Numbers(places.begin(), places.end()); };
  Spec::Numbers left;
  for (const Origin& origin : left_over_) {
    left.push_back(static_cast<double>(origin.place));
    left.push_back(static_cast<double>(origin.row));
  }
  return Spec::List{{"kind", "store"},
                    {"shuffles", shuffles_},
                    {"shard_shuffle", shard_shuffle_},
                    {"next_shard", static_cast<std::int64_t>(next_shard_)},
                    {"window", numbers(window_places_)},
                    {"left_over", left},
                    {"order_shuffle", order_shuffle_},
                    {"position", position_},
                    {"requested", numbers(requested_places_)},
                    {"first_pass_left", first_pass_left_},
                    {"empty_windows", empty_windows_},
                    {"dropped", dropped_}};
}

/// The shards of the window are read again, and of those that left something over the rows in question.
void StoreSource::seek(const SourcePosition& position) {
  SpecReader reader(position, kPositionName);
  reader.choice("kind", {"store"});
  shuffles_ = reader.integer("shuffles", 1, kMostCounted);
  shard_shuffle_ = reader.integer("shard_shuffle", 0, shuffles_ - 1);
  shard_order_ = shuffled(static_cast<std::int64_t>(places_.size()), shard_shuffle_);
  next_shard_ = static_cast<std::size_t>(reader.integer("next_shard", 0, static_cast<std::int64_t>(places_.size())));
  window_places_ = read_places(reader, "window");
  order_shuffle_ = reader.integer("order_shuffle", -1, shuffles_ - 1);
  first_pass_left_ = reader.integer("first_pass_left", 0, kMostCounted);
  empty_windows_ = reader.integer("empty_windows", 0, kMostCounted);
  dropped_ = reader.integer("dropped", 0, kMostCounted);
  const std::vector<Origin> left = read_origins(reader);
  use_window(read_window(window_places_), read_rows(left), left);
  position_ = reader.integer("position", 0, static_cast<std::int64_t>(order_.size()));
  requested_places_ = read_places(reader, "requested");
  reader.finish();
}

StoreSource::PlaceNumbers StoreSource::read_places(SpecReader& reader, const std::string& key) const {
  PlaceNumbers places;
  for (const double number : reader.numbers(key)) {
    if (!(number >= 0 && number < static_cast<double>(places_.size()))) {
      throw ConfigError(std::string("In ") + kPositionName + ", `" + key + "` must name shards of the store.");
    }
    places.push_back(static_cast<std::int64_t>(number));
  }
  return places;
}

std::vector<StoreSource::Origin> StoreSource::read_origins(SpecReader& reader) const {
  const auto numbers = reader.numbers("left_over");
  std::vector<Origin> origins;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    const bool fine = numbers[i] >= 0 && numbers[i] < static_cast<double>(places_.size()) && numbers[i + 1] >= 0;
    if (!fine) throw ConfigError(std::string("In ") + kPositionName + ", `left_over` must name rows of shards.");
    origins.push_back({static_cast<std::int64_t>(numbers[i]), static_cast<std::int64_t>(numbers[i + 1])});
  }
  return origins;
}

/// Shard after shard, so that no more than one is in memory.
TrainingBatch StoreSource::read_rows(const std::vector<Origin>& origins) const {
  std::map<std::int64_t, std::vector<std::size_t>> by_place;
  for (std::size_t i = 0; i < origins.size(); ++i) by_place[origins[i].place].push_back(i);
  std::vector<TrainingBatch> rows(origins.size());
  for (const auto& [place, which] : by_place) {
    std::int64_t dropped = 0;
    const TrainingBatch batch = read_place(place, dropped);
    for (const std::size_t i : which) {
      if (origins[i].row >= batch.count()) throw StoreError("A shard has fewer simulations than it had.");
      rows[i] = slice(batch, origins[i].row, origins[i].row + 1);
    }
  }
  TrainingBatch all;
  for (const auto& row : rows) append(all, row);
  return all;
}

}  // namespace amortflow
