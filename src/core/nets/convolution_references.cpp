// The reference forms of the layers of convolutions and nested data, in LibTorch's operations.

#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/im2col.h>
#include <ATen/ops/log.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/tensor.h>

#include "nets/activation_reference.h"
#include "nets/convolution_2d.h"
#include "nets/group_index.h"
#include "nets/grouped_rows.h"
#include "nets/layer_state.h"
#include "nets/residual.h"
#include "nets/segment_index.h"
#include "nets/segment_moments.h"
#include "nets/segment_unflatten.h"

namespace amortflow {

namespace {

constexpr double kVarianceFloor = 1e-6;

}  // namespace

LayerState Convolution2d::reference(LayerState state, const ParameterViews& parameters) const {
  Segments own;
  const Segments segments = output_segments(state.segments, own);
  const std::int64_t size = options_.kernel_size;
  const std::int64_t before = (size - 1) / 2;
  const std::int64_t channels = options_.input_width;
  const at::Tensor grids =
      state.values.reshape({state.segments.count(), options_.height, options_.width, channels}).permute({0, 3, 1, 2});
  const at::Tensor padded = at::constant_pad_nd(grids, {before, size - 1 - before, before, size - 1 - before});
  // Not conv2d(), which computes in less than single precision on some devices.
  const at::Tensor windows = at::im2col(padded, {size, size}, {1, 1}, {0, 0}, {options_.stride, options_.stride});
  const at::Tensor weight = parameters[weight_].reshape({size * size, channels, -1}).transpose(0, 1);
  const at::Tensor rows = windows.transpose(1, 2).reshape({-1, channels * size * size});
  const at::Tensor y = at::addmm(parameters[bias_], rows, weight.reshape({-1, options_.filters}));
  state.segments = segments;
  state.values = activate(options_.activation, y);
  return state;
}

LayerState Residual::reference(LayerState state, const ParameterViews& parameters) const {
  const LayerState straight = shortcut_.reference(state, parameters);
  state = branch_.reference(std::move(state), parameters);
  state.values = state.values + straight.values;
  return state;
}

LayerState GroupedRows::reference(LayerState state, const ParameterViews& parameters) const {
  std::vector<std::int64_t> order;
  Segments groups;
  Segments data_sets;
  const at::Tensor numbers = state.values.detach().select(1, group_column_).to(at::kCPU, at::kDouble).contiguous();
  const at::Tensor lengths = segment_lengths(state).detach().to(at::kCPU, at::kDouble).contiguous();
  GroupIndex{order, groups, data_sets}.assign(
      state.segments, [&](std::int64_t row) { return numbers.data_ptr<double>()[row]; },
      [&](std::int64_t i) { return static_cast<std::int64_t>(lengths.data_ptr<double>()[i]); });
  const at::Tensor rows = state.values.index_select(0, at::tensor(order, at::kLong).to(state.values.device()));
  state.values = at::cat({rows.narrow(1, 0, group_column_), rows.slice(1, group_column_ + 1, width_)}, 1);
  state.segments = std::move(groups);
  state.lengths = at::Tensor();
  state = inner_.reference(std::move(state), parameters);
  state.segments = std::move(data_sets);
  return outer_.reference(std::move(state), parameters);
}

LayerState SegmentUnflatten::reference(LayerState state, const ParameterViews&) const {
  Segments own;
  state.segments = output_segments(state.segments, own);
  state.values = state.values.reshape({-1, 1});
  state.lengths = at::Tensor();
  return state;
}

LayerState SegmentMoments::reference(LayerState state, const ParameterViews&) const {
  Segments own;
  const at::Tensor mean = segment_mean(state);
  const at::Tensor log_size = at::log(segment_lengths(state)) - options_.log_size_center;
  state.values = (state.values - spread_over_rows(mean, state)).square();
  const at::Tensor moments = at::cat({mean, at::sqrt(segment_mean(state) + kVarianceFloor)}, 1);
  state.values = options_.joins_log_size ? at::cat({moments, log_size.unsqueeze(1)}, 1) : moments;
  state.segments = output_segments(state.segments, own);
  state.lengths = at::Tensor();
  return state;
}

}  // namespace amortflow
