#pragma once

#include <algorithm>
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
  /// Becomes `uniform(count, length)`, or data sets [begin, end) of `from` with offsets that start at 0 again, in the
  /// memory that is there.
  void assign_uniform(std::int64_t count, std::int64_t length);
  void assign_slice(const Segments& from, std::int64_t begin, std::int64_t end);

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

/// Data in flight towards the networks: adapted, in float, without padding. `observed` has one entry per observable,
/// `context` what goes past the summary networks: one row per data set (zero columns where there is none).
struct Batch {
  std::vector<RaggedRows<float>> observed;
  Matrix<float> context;

  [[nodiscard]] std::int64_t count() const { return context.rows; }
};

/// Data sets [begin, end) of `rows`.
template <class T>
[[nodiscard]] RaggedRows<T> slice(const RaggedRows<T>& rows, std::int64_t begin, std::int64_t end) {
  const auto first = rows.segments.offsets[static_cast<std::size_t>(begin)];
  RaggedRows<T> part;
  part.segments = rows.segments.slice(begin, end);
  part.values = slice(rows.values, first, first + part.segments.rows());
  return part;
}

/// The data sets of `indices`, in their order.
template <class T>
[[nodiscard]] RaggedRows<T> select(const RaggedRows<T>& from, const std::vector<std::int64_t>& indices) {
  RaggedRows<T> part;
  for (const auto i : indices) part.segments.offsets.push_back(part.segments.offsets.back() + from.segments.length(i));
  part.values = Matrix<T>(part.segments.rows(), from.values.cols);
  T* out = part.values.values.data();
  for (const auto i : indices) {
    const auto first = from.segments.offsets[static_cast<std::size_t>(i)];
    out = std::copy_n(from.values.row(first), from.segments.length(i) * from.values.cols, out);
  }
  return part;
}

/// `part` behind `all`, which may be empty.
template <class T>
void append(RaggedRows<T>& all, const RaggedRows<T>& part) {
  append(all.values, part.values);
  const auto before = all.segments.rows();
  for (std::int64_t i = 1; i <= part.count(); ++i) {
    all.segments.offsets.push_back(before + part.segments.offsets[static_cast<std::size_t>(i)]);
  }
}

/// The same for every observable.
template <class T>
[[nodiscard]] std::vector<RaggedRows<T>> slice(const std::vector<RaggedRows<T>>& data,
                                               std::int64_t begin,
                                               std::int64_t end) {
  std::vector<RaggedRows<T>> part;
  for (const auto& rows : data) part.push_back(slice(rows, begin, end));
  return part;
}

template <class T>
[[nodiscard]] std::vector<RaggedRows<T>> select(const std::vector<RaggedRows<T>>& data,
                                                const std::vector<std::int64_t>& indices) {
  std::vector<RaggedRows<T>> part;
  for (const auto& rows : data) part.push_back(select(rows, indices));
  return part;
}

[[nodiscard]] Batch slice(const Batch& batch, std::int64_t begin, std::int64_t end);

}  // namespace amortflow
