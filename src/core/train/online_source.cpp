#include "train/online_source.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

// So many simulations in a row without a finite one are no accident.
constexpr std::int64_t kMostInVain = 64;

}  // namespace

OnlineSource::OnlineSource(const GenerativeModel& model,
                           const Adapter& adapter,
                           std::int64_t batch_size,
                           std::uint64_t seed,
                           ThreadPool& pool,
                           HostService& host,
                           std::int64_t host_request)
    : model_(model), adapter_(adapter), options_{batch_size, seed, 0, host_request}, pool_(pool), host_(host) {}

void OnlineSource::start() {
  if (!stream_) stream_ = make_simulation_stream(model_, adapter_, options_, pool_, host_);
}

bool OnlineSource::ready() {
  start();
  while (left() < options_.batch_size && stream_->ready()) extend();
  return left() >= options_.batch_size;
}

/// Pieces without a finite simulation are left out.
StreamPiece OnlineSource::next_piece() {
  start();
  for (;;) {
    StreamPiece piece = stream_->next();
    if (piece.simulations.count() > 0) {
      tried_in_vain_ = 0;
      return piece;
    }
    tried_in_vain_ += piece.tried;
    if (tried_in_vain_ >= std::max(kMostInVain, options_.batch_size)) {
      throw SimulatorError("the simulator must give finite numbers, but gave none in " +
                               std::to_string(tried_in_vain_) + " simulations during training",
                           piece.first_failure);
    }
  }
}

/// Puts the next piece behind what is left of the last ones.
void OnlineSource::extend() {
  const auto start = std::chrono::steady_clock::now();
  StreamPiece piece = next_piece();
  waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (left() == 0) {
    rows_ = std::move(piece.simulations);
    numbers_ = std::move(piece.numbers);
  } else {
    rows_ = slice(rows_, row_, rows_.count());
    append(rows_, piece.simulations);
    numbers_.erase(numbers_.begin(), numbers_.begin() + row_);
    numbers_.insert(numbers_.end(), piece.numbers.begin(), piece.numbers.end());
  }
  row_ = 0;
}

TrainingBatch OnlineSource::next() {
  while (left() < options_.batch_size) extend();
  TrainingBatch batch = slice(rows_, row_, row_ + options_.batch_size);
  row_ += options_.batch_size;
  const std::int64_t simulated = numbers_[static_cast<std::size_t>(row_ - 1)] + 1;
  given_.dropped += simulated - given_.simulated - options_.batch_size;
  given_.simulated = simulated;
  return batch;
}

SourcePosition OnlineSource::position() const {
  return Spec::List{{"kind", "online"}, {"simulated", given_.simulated}, {"dropped", given_.dropped}};
}

void OnlineSource::seek(const SourcePosition& position) {
  SpecReader reader(position, "the place in a source of batches");
  reader.choice("kind", {"online"});
  Place place;
  place.simulated = reader.integer("simulated", 0, kMostCounted);
  place.dropped = reader.integer("dropped", 0, place.simulated);
  reader.finish();
  seek(place);
}

void OnlineSource::seek(const Place& place) {
  given_ = place;
  options_.first = place.simulated;
}

}  // namespace amortflow
