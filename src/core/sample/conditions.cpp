#include "sample/conditions.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "adapt/subsample.h"
#include "base/errors.h"
#include "nets/library_threads.h"

namespace amortflow {

namespace {

// Data sets that pass the summary network together, by rows.
constexpr std::int64_t kDataRowsAtOnce = 4096;

/// Data sets [begin, end) whose rows pass the summary networks together.
std::vector<std::int64_t> piece_bounds(const Batch& batch) {
  const auto rows_before = [&](std::int64_t i) {
    std::int64_t rows = 0;
    for (const auto& observed : batch.observed) rows += observed.segments.offsets[static_cast<std::size_t>(i)];
    return rows;
  };
  std::vector<std::int64_t> bounds{0};
  for (std::int64_t i = 0; i < batch.count(); ++i) {
    if (i > bounds.back() && rows_before(i + 1) - rows_before(bounds.back()) > kDataRowsAtOnce) bounds.push_back(i);
  }
  bounds.push_back(batch.count());
  return bounds;
}

/// Data far beyond all that was seen in training overflow in the networks.
void check_finite(const Matrix<float>& conditions, std::int64_t first_data_set) {
  for (std::int64_t i = 0; i < conditions.rows; ++i) {
    const float* row = conditions.row(i);
    if (std::all_of(row, row + conditions.cols, [](float x) { return std::isfinite(x); })) continue;
    refuse_overflow("data set " + std::to_string(first_data_set + i + 1) + " is");
  }
}

}  // namespace

void refuse_overflow(const std::string& which) {
  throw NumericError(which + " so far from the simulations that the networks overflow",
                     "Compare with simulate(): is newdata on the scale of the simulator's output?");
}

Batch adapted_data(const Adapter& adapter, ObservedData data) {
  Batch batch = adapter.adapt(std::move(data.data), std::move(data.context));
  subsample_by_length(batch, adapter.subsample_sizes());
  return batch;
}

void for_data_pieces(const Batch& data,
                     ThreadPool& pool,
                     const std::atomic<bool>& cancelled,
                     const std::function<void(std::int64_t, std::int64_t)>& piece) {
  const std::vector<std::int64_t> bounds = piece_bounds(data);
  pool.run(static_cast<std::int64_t>(bounds.size()) - 1, [&](std::int64_t i) {
    if (cancelled) throw Cancelled();
    piece(bounds[static_cast<std::size_t>(i)], bounds[static_cast<std::size_t>(i + 1)]);
  });
}

Matrix<float> conditions_of(const NetworkEstimator& estimator,
                            const Adapter& adapter,
                            ObservedData data,
                            ThreadPool& pool,
                            const std::atomic<bool>& cancelled) {
  const Batch batch = adapted_data(adapter, std::move(data));
  Matrix<float> conditions(batch.count(), estimator.condition_width());
  for_data_pieces(batch, pool, cancelled, [&](std::int64_t begin, std::int64_t end) {
    const Matrix<float> rows = estimator.conditions(slice(batch, begin, end));
    check_finite(rows, begin);
    std::copy(rows.values.begin(), rows.values.end(), conditions.row(begin));
  });
  return conditions;
}

Matrix<float> conditions_of(const NetworkEstimator& estimator,
                            const Adapter& adapter,
                            ObservedData data,
                            int cores,
                            HostService& host) {
  const SingleThreadedLibraries single_threaded;
  Matrix<float> conditions;
  host.run([&] {
    ThreadPool pool(cores);
    conditions = conditions_of(estimator, adapter, std::move(data), pool, host.cancel_flag());
  });
  return conditions;
}

}  // namespace amortflow
