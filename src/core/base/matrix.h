#pragma once

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

}  // namespace amortflow
