#include "nets/segment_index.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

namespace amortflow {

namespace {

/// [rows] of int64: the data set of each row.
at::Tensor segment_of_row(const Segments& segments, const at::Tensor& like) {
  at::Tensor index = at::empty({segments.rows()}, at::kLong);
  auto* out = index.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < segments.count(); ++i) out = std::fill_n(out, segments.length(i), i);
  return index.to(like.device());
}

/// [data sets, longest] of int64: the row of each position; positions beyond a data set's end hold `rows`.
at::Tensor padded_rows(const Segments& segments, const at::Tensor& like) {
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < segments.count(); ++i) longest = std::max(longest, segments.length(i));
  at::Tensor index = at::full({segments.count(), longest}, segments.rows(), at::kLong);
  auto* out = index.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
    for (std::int64_t t = 0; t < segments.length(i); ++t) out[i * longest + t] = first + t;
  }
  return index.to(like.device());
}

/// [rows, width] of int64: rows at distances -before, ..., width - 1 - before inside the same data set, else `rows`.
at::Tensor neighbour_rows(const Segments& segments, std::int64_t width, std::int64_t before, const at::Tensor& like) {
  at::Tensor index = at::full({segments.rows(), width}, segments.rows(), at::kLong);
  auto* out = index.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
    const std::int64_t end = first + segments.length(i);
    for (std::int64_t row = first; row < end; ++row) {
      const std::int64_t from = std::max(first, row - before);
      const std::int64_t to = std::min(end, row - before + width);
      for (std::int64_t near = from; near < to; ++near) out[row * width + near - (row - before)] = near;
    }
  }
  return index.to(like.device());
}

/// Rows of `values` at `index`; index `rows` is a row of zeros.
at::Tensor rows_at(const at::Tensor& values, const at::Tensor& index) {
  return at::constant_pad_nd(values, {0, 0, 0, 1}).index_select(0, index.view({-1}));
}

/// [data sets, length, width] of data sets that have one length.
at::Tensor side_by_side(const at::Tensor& values, const Segments& segments) {
  return values.reshape({segments.count(), segments.common_length(), values.size(1)});
}

/// [data sets, length, 1]: whether a row belongs to its data set.
at::Tensor valid_rows(const LayerState& state) {
  const at::Tensor positions = at::arange(state.segments.common_length(), state.lengths.options());
  return positions.unsqueeze(0).lt(state.lengths.unsqueeze(1)).unsqueeze(2);
}

/// `side_by_side` of the values with zeros for padding.
at::Tensor without_padding(const LayerState& state) {
  const at::Tensor values = side_by_side(state.values, state.segments);
  return state.lengths.defined() ? values.masked_fill(valid_rows(state).logical_not(), 0) : values;
}

}  // namespace

at::Tensor segment_lengths(const LayerState& state) {
  if (state.lengths.defined()) return state.lengths;
  const Segments& segments = state.segments;
  const auto options = state.values.options().requires_grad(false);
  const std::int64_t length = segments.common_length();
  if (length >= 0) return at::full({segments.count()}, static_cast<double>(length), options);
  at::Tensor lengths = at::empty({segments.count()}, at::kDouble);
  auto* out = lengths.data_ptr<double>();
  for (std::int64_t i = 0; i < segments.count(); ++i) out[i] = static_cast<double>(segments.length(i));
  return lengths.to(options);
}

at::Tensor segment_mean(const LayerState& state) {
  const Segments& segments = state.segments;
  if (segments.common_length() > 0) {
    if (!state.lengths.defined()) return side_by_side(state.values, segments).mean(1);
    return without_padding(state).sum(1) / state.lengths.unsqueeze(1);
  }
  const at::Tensor sums = at::zeros({segments.count(), state.values.size(1)}, state.values.options());
  return sums.index_add(0, segment_of_row(segments, state.values), state.values) / segment_lengths(state).unsqueeze(1);
}

at::Tensor spread_over_rows(const at::Tensor& of_data_sets, const LayerState& state) {
  const Segments& segments = state.segments;
  const std::int64_t length = segments.common_length();
  if (length < 0) return of_data_sets.index_select(0, segment_of_row(segments, of_data_sets));
  const std::int64_t width = of_data_sets.size(1);
  return of_data_sets.unsqueeze(1).expand({segments.count(), length, width}).reshape({segments.rows(), width});
}

at::Tensor neighbours(const LayerState& state, std::int64_t width, std::int64_t before) {
  const Segments& segments = state.segments;
  if (segments.common_length() <= 0) {
    const at::Tensor index = neighbour_rows(segments, width, before, state.values);
    return rows_at(state.values, index).view({segments.rows(), -1});
  }
  const at::Tensor padded = at::constant_pad_nd(without_padding(state), {0, 0, before, width - 1 - before});
  return padded.unfold(1, width, 1).transpose(2, 3).reshape({segments.rows(), -1});
}

at::Tensor every_nth_row(const at::Tensor& values, const LayerState& state, std::int64_t n) {
  if (state.segments.common_length() > 0) {
    return side_by_side(values, state.segments)
        .slice(1, 0, state.segments.common_length(), n)
        .reshape({-1, values.size(1)});
  }
  std::vector<at::Tensor> parts;
  for (std::int64_t i = 0; i < state.segments.count(); ++i) {
    const std::int64_t first = state.segments.offsets[static_cast<std::size_t>(i)];
    parts.push_back(values.slice(0, first, first + state.segments.length(i), n));
  }
  return at::cat(parts, 0);
}

PaddedSegments padded_segments(const at::Tensor& values, const LayerState& state) {
  const Segments& segments = state.segments;
  PaddedSegments padded;
  if (segments.common_length() > 0) {
    padded.values = side_by_side(values, segments);
    if (state.lengths.defined()) padded.valid = valid_rows(state).to(values.options().requires_grad(false));
    return padded;
  }
  const at::Tensor rows = padded_rows(segments, values);
  padded.values = rows_at(values, rows).view({rows.size(0), rows.size(1), values.size(1)});
  padded.valid = rows.lt(segments.rows()).to(values.options().requires_grad(false)).unsqueeze(2);
  return padded;
}

at::Tensor segment_rows(const at::Tensor& padded, const LayerState& state) {
  const Segments& segments = state.segments;
  const at::Tensor all = padded.reshape({padded.size(0) * padded.size(1), padded.size(2)});
  if (segments.common_length() > 0) return all;
  return all.index_select(0, padded_rows(segments, padded).view({-1}).lt(segments.rows()).nonzero().view({-1}));
}

}  // namespace amortflow
