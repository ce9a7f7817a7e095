#pragma once

#include <cstdint>
#include <vector>

#include "base/matrix.h"

namespace amortflow {

/// Where each data set lies in rows that are concatenated over data sets: rows [offsets[i], offsets[i + 1]).
struct Segments {
  std::vector<std::int64_t> offsets{0};

  /// `count` data sets of `length` rows each.
  [[nodiscard]] static Segments uniform(std::int64_t count, std::int64_t length);
  [[nodiscard]] static Segments of_lengths(const std::vector<std::int64_t>& lengths);

  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(offsets.size()) - 1; }
  [[nodiscard]] std::int64_t rows() const { return offsets.back(); }
  [[nodiscard]] std::int64_t length(std::int64_t i) const {
    return offsets[static_cast<std::size_t>(i + 1)] - offsets[static_cast<std::size_t>(i)];
  }
  /// The common length, or -1 where data sets differ (or there are none).
  [[nodiscard]] std::int64_t common_length() const;
  /// Data sets [begin, end), with offsets that start at 0 again.
  [[nodiscard]] Segments slice(std::int64_t begin, std::int64_t end) const;
};

/// Data sets of possibly different lengths: values has one row per position and one column per variable. A data
/// set that is a plain vector of p numbers is one row with p columns.
template <class T>
struct RaggedRows {
  Matrix<T> values;
  Segments segments;

  [[nodiscard]] std::int64_t count() const { return segments.count(); }
};

/// Data in flight towards the networks: adapted, in float, without padding. `context` has one row per data set
/// (zero columns where a model has none).
struct Batch {
  RaggedRows<float> observed;
  Matrix<float> context;

  [[nodiscard]] std::int64_t count() const { return observed.count(); }
};

/// Data sets [begin, end) of `rows`.
template <class T>
[[nodiscard]] RaggedRows<T> slice(const RaggedRows<T>& rows, std::int64_t begin, std::int64_t end) {
  RaggedRows<T> part;
  part.segments = rows.segments.slice(begin, end);
  const auto first = rows.segments.offsets[static_cast<std::size_t>(begin)];
  part.values = Matrix<T>(part.segments.rows(), rows.values.cols);
  part.values.values.assign(rows.values.row(first), rows.values.row(first) + part.values.rows * part.values.cols);
  return part;
}

}  // namespace amortflow
