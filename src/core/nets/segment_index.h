#pragma once

#include <ATen/TensorOperators.h>

#include "base/batch.h"

namespace amortflow {

/// [rows] of int64: the data set of each row.
[[nodiscard]] at::Tensor segment_of_row(const Segments& segments);
/// [data sets] of `like`'s type: rows of each data set.
[[nodiscard]] at::Tensor segment_lengths(const Segments& segments, const at::Tensor& like);
/// [data sets, longest] of int64: the row of each position; positions beyond a data set's end hold `rows`.
[[nodiscard]] at::Tensor padded_rows(const Segments& segments);
/// [rows, width] of int64: rows at distances -before, ..., width - 1 - before inside the same data set, else `rows`.
[[nodiscard]] at::Tensor neighbour_rows(const Segments& segments, std::int64_t width, std::int64_t before);
/// [data sets, width]: mean over the rows of each data set.
[[nodiscard]] at::Tensor segment_mean(const at::Tensor& values, const Segments& segments);

}  // namespace amortflow
