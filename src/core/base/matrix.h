#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace amortflow {

/// Dense row-major matrix: a row is one simulation, draw or position; a column is one variable.
template <class T>
struct Matrix {
  Matrix() = default;
  Matrix(std::int64_t n_rows, std::int64_t n_cols, T fill = T{})
      : rows(n_rows), cols(n_cols), values(static_cast<std::size_t>(n_rows * n_cols), fill) {}

  [[nodiscard]] T* row(std::int64_t i) { return values.data() + i * cols; }
  [[nodiscard]] const T* row(std::int64_t i) const { return values.data() + i * cols; }
  [[nodiscard]] T& operator()(std::int64_t i, std::int64_t j) { return values[static_cast<std::size_t>(i * cols + j)]; }
  [[nodiscard]] T operator()(std::int64_t i, std::int64_t j) const {
    return values[static_cast<std::size_t>(i * cols + j)];
  }

  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<T> values;
};

/// The same numbers as another type: double at the boundary, float inside networks.
template <class To, class From>
[[nodiscard]] Matrix<To> matrix_cast(const Matrix<From>& from) {
  Matrix<To> to(from.rows, from.cols);
  for (std::size_t i = 0; i < from.values.size(); ++i) to.values[i] = static_cast<To>(from.values[i]);
  return to;
}

/// Rows [begin, end).
template <class T>
[[nodiscard]] Matrix<T> slice(const Matrix<T>& from, std::int64_t begin, std::int64_t end) {
  Matrix<T> part;
  part.rows = end - begin;
  part.cols = from.cols;
  part.values.assign(from.values.begin() + begin * from.cols, from.values.begin() + end * from.cols);
  return part;
}

/// The rows of `indices`, in their order.
template <class T>
[[nodiscard]] Matrix<T> select(const Matrix<T>& from, const std::vector<std::int64_t>& indices) {
  Matrix<T> part(static_cast<std::int64_t>(indices.size()), from.cols);
  T* out = part.values.data();
  for (const auto i : indices) out = std::copy_n(from.row(i), from.cols, out);
  return part;
}

/// The columns of `places`, in their order.
template <class T, class Place>
[[nodiscard]] Matrix<T> select_columns(const Matrix<T>& from, const std::vector<Place>& places) {
  Matrix<T> part(from.rows, static_cast<std::int64_t>(places.size()));
  for (std::int64_t i = 0; i < from.rows; ++i) {
    for (std::size_t k = 0; k < places.size(); ++k) part.row(i)[k] = from.row(i)[places[k]];
  }
  return part;
}

/// The rows of `part` behind those of `all`, which may be empty.
template <class T>
void append(Matrix<T>& all, const Matrix<T>& part) {
  all.cols = part.cols;
  all.rows += part.rows;
  all.values.insert(all.values.end(), part.values.begin(), part.values.end());
}

}  // namespace amortflow
