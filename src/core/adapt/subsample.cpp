#include "adapt/subsample.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace amortflow {

std::vector<std::int64_t> random_positions(std::int64_t length, std::int64_t size, rng& random) {
  if (length <= size) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(length));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::set<std::int64_t> chosen;
  for (std::int64_t last = length - size; last < length; ++last) {
    const auto place = static_cast<std::int64_t>(random.uniform() * static_cast<double>(last + 1));
    if (!chosen.insert(std::min(place, last)).second) chosen.insert(last);
  }
  return {chosen.begin(), chosen.end()};
}

std::vector<std::int64_t> subsample_positions(std::int64_t length,
                                              std::int64_t size,
                                              std::uint64_t seed,
                                              std::uint64_t index) {
  rng random = stream(seed, Purpose::kSubsample, index);
  return random_positions(length, size, random);
}

namespace {

/// `index_of` gives the stream of data set i.
template <class T, class IndexOf>
RaggedRows<T> take(const RaggedRows<T>& rows, std::int64_t size, std::uint64_t seed, const IndexOf& index_of) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < rows.count(); ++i) lengths.push_back(std::min(size, rows.segments.length(i)));
  RaggedRows<T> part;
  part.segments = Segments::of_lengths(lengths);
  part.values = Matrix<T>(part.segments.rows(), rows.values.cols);
  T* out = part.values.values.data();
  for (std::int64_t i = 0; i < rows.count(); ++i) {
    const auto first = rows.segments.offsets[static_cast<std::size_t>(i)];
    for (const auto place : subsample_positions(rows.segments.length(i), size, seed, index_of(i))) {
      out = std::copy_n(rows.values.row(first + place), rows.values.cols, out);
    }
  }
  return part;
}

}  // namespace

template <class T>
RaggedRows<T> subsample(const RaggedRows<T>& rows, std::int64_t size, std::uint64_t seed, std::uint64_t first_index) {
  return take(rows, size, seed, [=](std::int64_t i) { return first_index + static_cast<std::uint64_t>(i); });
}

template RaggedRows<float> subsample(const RaggedRows<float>&, std::int64_t, std::uint64_t, std::uint64_t);
template RaggedRows<double> subsample(const RaggedRows<double>&, std::int64_t, std::uint64_t, std::uint64_t);

void subsample(Batch& batch, const std::vector<std::int64_t>& sizes, std::uint64_t seed, std::uint64_t first_index) {
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    if (sizes[k] > 0) batch.observed[k] = subsample(batch.observed[k], sizes[k], seed, first_index);
  }
}

void subsample_by_length(Batch& batch, const std::vector<std::int64_t>& sizes) {
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    auto& rows = batch.observed[k];
    const auto length_of = [&rows](std::int64_t i) { return static_cast<std::uint64_t>(rows.segments.length(i)); };
    if (sizes[k] > 0) rows = take(rows, sizes[k], 0, length_of);
  }
}

}  // namespace amortflow
