#include "train/batch_source.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "adapt/subsample.h"
#include "base/errors.h"
#include "base/random.h"

namespace amortflow {

namespace {

/// The place of a source that changes another's batches, by how many data sets came before.
SourcePosition wrapped_position(const char* kind, std::uint64_t served, const BatchSource& source) {
  return Spec::List{{"kind", kind}, {"served", static_cast<std::int64_t>(served)}, {"source", source.position()}};
}

std::uint64_t seek_wrapped(const char* kind, const SourcePosition& position, BatchSource& source) {
  SpecReader reader(position, "the place in a source of batches");
  reader.choice("kind", {kind});
  const auto served = static_cast<std::uint64_t>(reader.integer("served", 0, kMostCounted));
  source.seek(reader.child("source"));
  reader.finish();
  return served;
}

template <class T>
bool all_finite(const T* values, std::int64_t n) {
  return std::all_of(values, values + n, [](T value) { return std::isfinite(value); });
}

bool is_finite(const RaggedRows<float>& rows, std::int64_t i) {
  const auto first = rows.segments.offsets[static_cast<std::size_t>(i)];
  return rows.segments.length(i) > 0 && all_finite(rows.values.row(first), rows.segments.length(i) * rows.values.cols);
}

/// Simulations that did not fail and are finite once adapted, in parameters, data and context.
std::vector<std::int64_t> usable_rows(const TrainingBatch& batch, const std::vector<std::int64_t>& failed) {
  std::vector<bool> usable(static_cast<std::size_t>(batch.count()), true);
  for (const auto i : failed) {
    if (i < 0 || i >= batch.count()) {
      throw ShapeError("a failure must be one of the " + std::to_string(batch.count()) +
                       " simulations, counted from their first, not number " + std::to_string(i));
    }
    usable[static_cast<std::size_t>(i)] = false;
  }
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    if (usable[static_cast<std::size_t>(i)] && all_finite(batch.parameters.row(i), batch.parameters.cols) &&
        all_finite(batch.data.context.row(i), batch.data.context.cols) &&
        std::all_of(batch.data.observed.begin(), batch.data.observed.end(),
                    [i](const auto& observed) { return is_finite(observed, i); })) {
      rows.push_back(i);
    }
  }
  return rows;
}

}  // namespace

TrainingBatch select(const TrainingBatch& batch, const std::vector<std::int64_t>& indices) {
  return {select(batch.parameters, indices),
          {select(batch.data.observed, indices), select(batch.data.context, indices)}};
}

void append(TrainingBatch& all, const TrainingBatch& part) {
  append(all.parameters, part.parameters);
  append(all.data.context, part.data.context);
  all.data.observed.resize(part.data.observed.size());
  for (std::size_t k = 0; k < all.data.observed.size(); ++k) append(all.data.observed[k], part.data.observed[k]);
}

TrainingBatch adapt_simulations(Simulations simulations,
                                std::int64_t first_index,
                                const Adapter& adapter,
                                std::vector<std::int64_t>& kept) {
  std::vector<std::int64_t> failed;
  for (const auto& failure : simulations.failures) failed.push_back(failure.index - first_index);
  adapter.forward_parameters(simulations.parameters, nullptr);
  if (simulations.context.cols == 0) simulations.context = Matrix<double>(simulations.count(), 0);
  TrainingBatch batch;
  batch.parameters = matrix_cast<float>(simulations.parameters);
  batch.data = adapter.adapt(std::move(simulations.data), std::move(simulations.context));
  const std::vector<std::int64_t> rows = usable_rows(batch, failed);
  kept.clear();
  for (const auto row : rows) kept.push_back(first_index + row);
  return static_cast<std::int64_t>(rows.size()) == batch.count() ? batch : select(batch, rows);
}

TrainingBatch adapt_simulations(Simulations simulations,
                                std::int64_t first_index,
                                const Adapter& adapter,
                                std::int64_t& dropped) {
  const std::int64_t given = simulations.count();
  std::vector<std::int64_t> kept;
  TrainingBatch batch = adapt_simulations(std::move(simulations), first_index, adapter, kept);
  dropped += given - batch.count();
  return batch;
}

OfflineSource::OfflineSource(TrainingBatch simulations,
                             std::int64_t dropped,
                             std::int64_t batch_size,
                             std::uint64_t seed)
    : simulations_(std::move(simulations)),
      dropped_(dropped),
      batch_size_(std::min(batch_size, simulations_.count())),
      seed_(seed),
      order_(static_cast<std::size_t>(simulations_.count())) {
  std::iota(order_.begin(), order_.end(), 0);
  shuffle();
}

void OfflineSource::shuffle() {
  rng random = stream(seed_, Purpose::kShuffle, pass_++);
  for (std::size_t i = order_.size() - 1; i > 0; --i) {
    const auto j = static_cast<std::size_t>(random.uniform() * static_cast<double>(i + 1));
    std::swap(order_[i], order_[j]);
  }
}

// The last few simulations of a pass that do not fill a batch are left to the next pass.
TrainingBatch OfflineSource::next() {
  if (position_ + batch_size_ > simulations_.count()) {
    shuffle();
    position_ = 0;
  }
  const std::vector<std::int64_t> rows(order_.begin() + position_, order_.begin() + position_ + batch_size_);
  position_ += batch_size_;
  return select(simulations_, rows);
}

SourcePosition OfflineSource::position() const {
  return Spec::List{
      {"kind", "offline"}, {"pass", static_cast<std::int64_t>(pass_)}, {"position", position_}, {"dropped", dropped_}};
}

void OfflineSource::seek(const SourcePosition& position) {
  SpecReader reader(position, "the place in a source of batches");
  reader.choice("kind", {"offline"});
  const auto pass = static_cast<std::uint64_t>(reader.integer("pass", 1, kMostCounted));
  const std::int64_t place = reader.integer("position", 0, simulations_.count());
  const std::int64_t dropped = reader.integer("dropped", dropped_, dropped_);
  reader.finish();
  while (pass_ < pass) shuffle();
  position_ = place;
  dropped_ = dropped;
}

TrainingBatch SubsampledSource::next() {
  TrainingBatch batch = source_->next();
  subsample(batch.data, sizes_, seed_, served_);
  served_ += static_cast<std::uint64_t>(batch.count());
  return batch;
}

SourcePosition SubsampledSource::position() const { return wrapped_position("subsampled", served_, *source_); }

void SubsampledSource::seek(const SourcePosition& position) {
  served_ = seek_wrapped("subsampled", position, *source_);
}

TrainingBatch NoisySource::next() {
  TrainingBatch batch = source_->next();
  add_noise(batch.data, noise_, seed_, served_);
  served_ += static_cast<std::uint64_t>(batch.count());
  return batch;
}

SourcePosition NoisySource::position() const { return wrapped_position("noisy", served_, *source_); }

void NoisySource::seek(const SourcePosition& position) { served_ = seek_wrapped("noisy", position, *source_); }

}  // namespace amortflow
