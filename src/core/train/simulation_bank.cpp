#include "train/simulation_bank.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

/// A data set of a bank: where its batch lies and which of it it is.
struct Place {
  const TrainingBatch* batch = nullptr;
  std::int64_t row = 0;
};

template <class MatrixOf>
Matrix<float> gather(const std::vector<Place>& places, const MatrixOf& matrix_of) {
  Matrix<float> rows(static_cast<std::int64_t>(places.size()), matrix_of(*places.front().batch).cols);
  float* out = rows.values.data();
  for (const auto& place : places) out = std::copy_n(matrix_of(*place.batch).row(place.row), rows.cols, out);
  return rows;
}

RaggedRows<float> gather_observed(const std::vector<Place>& places, std::size_t k) {
  RaggedRows<float> rows;
  rows.segments.offsets.reserve(places.size() + 1);
  for (const auto& place : places) {
    const auto length = place.batch->data.observed[k].segments.length(place.row);
    rows.segments.offsets.push_back(rows.segments.offsets.back() + length);
  }
  rows.values = Matrix<float>(rows.segments.rows(), places.front().batch->data.observed[k].values.cols);
  float* out = rows.values.values.data();
  for (const auto& place : places) {
    const auto& from = place.batch->data.observed[k];
    const auto first = from.segments.offsets[static_cast<std::size_t>(place.row)];
    out = std::copy_n(from.values.row(first), from.segments.length(place.row) * from.values.cols, out);
  }
  return rows;
}

}  // namespace

void SimulationBank::append(TrainingBatch batch) {
  if (batches_.empty()) batch_size_ = batch.count();
  if (batch.count() != batch_size_ || batch_size_ == 0) {
    throw ShapeError("a bank takes batches of one size, " + std::to_string(batch_size_) + " data sets here, not " +
                     std::to_string(batch.count()));
  }
  batches_.push_back(std::move(batch));
}

void SimulationBank::keep_last(std::int64_t batches) {
  while (this->batches() > batches) batches_.pop_front();
}

TrainingBatch SimulationBank::select(const std::vector<std::int64_t>& indices) const {
  std::vector<Place> places;
  places.reserve(indices.size());
  for (const auto i : indices) {
    places.push_back({&batches_[static_cast<std::size_t>(i / batch_size_)], i % batch_size_});
  }
  TrainingBatch selected;
  if (places.empty()) return selected;
  selected.parameters = gather(
      places, [](const TrainingBatch& batch) -> const auto& { return batch.parameters; });
  selected.data.context = gather(
      places, [](const TrainingBatch& batch) -> const auto& { return batch.data.context; });
  for (std::size_t k = 0; k < places.front().batch->data.observed.size(); ++k) {
    selected.data.observed.push_back(gather_observed(places, k));
  }
  return selected;
}

}  // namespace amortflow
