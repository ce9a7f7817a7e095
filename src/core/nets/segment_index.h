#pragma once

#include "nets/layer_state.h"

namespace amortflow {

// Data sets of one length, padded or not, are taken as they lie: nothing passes from the host to the values' device, so
// that a step may be captured as a graph. Others go by index tensors that are made on the host.

/// [data sets] of the values' type: rows of each data set, without padding.
[[nodiscard]] at::Tensor segment_lengths(const LayerState& state);
/// [data sets, width]: mean over the rows of each data set.
[[nodiscard]] at::Tensor segment_mean(const LayerState& state);
/// [rows, width]: row i of `of_data_sets` for every row of data set i.
[[nodiscard]] at::Tensor spread_over_rows(const at::Tensor& of_data_sets, const LayerState& state);
/// [rows, width * values' width]: rows at distances -before, ..., width - 1 - before in the same data set side by side;
/// zero where there is none.
[[nodiscard]] at::Tensor neighbours(const LayerState& state, std::int64_t width, std::int64_t before);

/// `values` [rows, any width] of the segments of `state`: rows 0, n, 2 n, ... of each data set.
[[nodiscard]] at::Tensor every_nth_row(const at::Tensor& values, const LayerState& state, std::int64_t n);

/// Data sets side by side, all as long as the longest.
struct PaddedSegments {
  at::Tensor values;  ///< [data sets, longest, width]; zero or padding beyond a data set's end
  at::Tensor valid;   ///< [data sets, longest, 1] of the values' type: 1 for rows of the data set; undefined if all are
};
/// `values` [rows, any width] of the segments of `state`.
[[nodiscard]] PaddedSegments padded_segments(const at::Tensor& values, const LayerState& state);
/// [rows, width]: the way back from `padded` [data sets, longest, width].
[[nodiscard]] at::Tensor segment_rows(const at::Tensor& padded, const LayerState& state);

}  // namespace amortflow
