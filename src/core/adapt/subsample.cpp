#include "adapt/subsample.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "base/random.h"

namespace amortflow {

std::vector<std::int64_t> subsample_positions(std::int64_t length,
                                              std::int64_t size,
                                              std::uint64_t seed,
                                              std::uint64_t index) {
  if (length <= size) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(length));
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  rng random = stream(seed, Purpose::kSubsample, index);
  std::set<std::int64_t> chosen;
  for (std::int64_t last = length - size; last < length; ++last) {
    const auto place = static_cast<std::int64_t>(random.uniform() * static_cast<double>(last + 1));
    if (!chosen.insert(std::min(place, last)).second) chosen.insert(last);
  }
  return {chosen.begin(), chosen.end()};
}

template <class T>
RaggedRows<T> subsample(const RaggedRows<T>& rows, std::int64_t size, std::uint64_t seed, std::uint64_t first_index) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < rows.count(); ++i) lengths.push_back(std::min(size, rows.segments.length(i)));
  RaggedRows<T> part;
  part.segments = Segments::of_lengths(lengths);
  part.values = Matrix<T>(part.segments.rows(), rows.values.cols);
  T* out = part.values.values.data();
  for (std::int64_t i = 0; i < rows.count(); ++i) {
    const auto first = rows.segments.offsets[static_cast<std::size_t>(i)];
    const auto index = first_index + static_cast<std::uint64_t>(i);
    for (const auto place : subsample_positions(rows.segments.length(i), size, seed, index)) {
      out = std::copy_n(rows.values.row(first + place), rows.values.cols, out);
    }
  }
  return part;
}

template RaggedRows<float> subsample(const RaggedRows<float>&, std::int64_t, std::uint64_t, std::uint64_t);
template RaggedRows<double> subsample(const RaggedRows<double>&, std::int64_t, std::uint64_t, std::uint64_t);

}  // namespace amortflow
