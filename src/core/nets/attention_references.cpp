// The reference forms of attention and what belongs to it: their definitions in LibTorch's operations.

#include <cmath>
#include <limits>
#include <tuple>

#include <ATen/ops/addmm.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/log.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softmax.h>

#include "nets/attention_pool.h"
#include "nets/induced_attention.h"
#include "nets/layer_norm.h"
#include "nets/layer_state.h"
#include "nets/position_features.h"
#include "nets/segment_index.h"
#include "nets/self_attention.h"

namespace amortflow {

namespace {

/// [data sets, rows, heads * k] -> [data sets, heads, rows, k].
at::Tensor by_head(const at::Tensor& rows, std::int64_t heads) {
  return rows.reshape({rows.size(0), rows.size(1), heads, -1}).transpose(1, 2);
}

/// [data sets, queries, width]. `valid` [data sets, keys, 1] says which keys belong to a data set; undefined: all.
at::Tensor attend(const at::Tensor& queries,
                  const at::Tensor& keys,
                  const at::Tensor& values,
                  const at::Tensor& valid,
                  std::int64_t heads) {
  const at::Tensor q = by_head(queries, heads);
  at::Tensor scores = at::matmul(q, by_head(keys, heads).transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  if (valid.defined()) {
    const at::Tensor absent = valid.reshape({valid.size(0), 1, 1, valid.size(1)}).eq(0);
    scores = scores.masked_fill(absent, -std::numeric_limits<double>::infinity());
  }
  return at::matmul(at::softmax(scores, -1), by_head(values, heads)).transpose(1, 2).reshape(queries.sizes());
}

at::Tensor columns(const at::Tensor& rows, std::int64_t part, std::int64_t width) {
  return rows.narrow(rows.dim() - 1, part * width, width);
}

}  // namespace

LayerState LayerNorm::reference(LayerState state, const ParameterViews& parameters) const {
  state.values = at::layer_norm(state.values, {width_}, parameters[gain_].view({width_}),
                                parameters[bias_].view({width_}), kEpsilon);
  return state;
}

LayerState SelfAttention::reference(LayerState state, const ParameterViews& parameters) const {
  const std::int64_t width = attention_.width();
  const auto [rows, valid] = padded_segments(at::mm(state.values, parameters[input_weight_]), state);
  const at::Tensor attended =
      attend(columns(rows, 0, width), columns(rows, 1, width), columns(rows, 2, width), valid, attention_.heads());
  state.values = at::addmm(parameters[output_bias_], segment_rows(attended, state), parameters[output_weight_]);
  return state;
}

LayerState AttentionPool::reference(LayerState state, const ParameterViews& parameters) const {
  const std::int64_t width = options_.width;
  const auto [rows, valid] = padded_segments(at::mm(state.values, parameters[input_weight_]), state);
  const at::Tensor seeds = parameters[seeds_].unsqueeze(0).expand({rows.size(0), options_.seeds, width});
  const at::Tensor attended =
      attend(seeds, columns(rows, 0, width), columns(rows, 1, width), valid, options_.heads).reshape({-1, width});
  const at::Tensor log_size = at::log(segment_lengths(state)) - options_.log_size_center;
  state.values = at::addmm(parameters[output_bias_], attended, parameters[output_weight_]);
  if (joined()) state.values = at::cat({state.values.reshape({rows.size(0), -1}), log_size.unsqueeze(1)}, 1);
  state.segments = Segments::uniform(rows.size(0), joined() ? 1 : options_.seeds);
  state.lengths = at::Tensor();
  return state;
}

LayerState InducedAttention::reference(LayerState state, const ParameterViews& parameters) const {
  const std::int64_t width = attention_.width();
  const at::Tensor points = at::mm(to_points_.reference(state, parameters).values, parameters[point_weight_]);
  const at::Tensor of_points = points.reshape({-1, points_, 2 * width});
  const at::Tensor queries = padded_segments(at::mm(state.values, parameters[query_weight_]), state).values;
  const at::Tensor attended =
      attend(queries, columns(of_points, 0, width), columns(of_points, 1, width), at::Tensor(), attention_.heads());
  state.values = at::addmm(parameters[output_bias_], segment_rows(attended, state), parameters[output_weight_]);
  return state;
}

LayerState PositionFeatures::reference(LayerState state, const ParameterViews&) const {
  const auto in_double = state.values.options().dtype(at::kDouble).requires_grad(false);
  const at::Tensor padded = padded_segments(state.values, state).values;
  const at::Tensor positions = at::arange(padded.size(1), in_double);
  const double rate = -std::log(kLongestWave) / static_cast<double>(frequencies_);
  const at::Tensor angles = positions.unsqueeze(1) * at::exp(at::arange(frequencies_, in_double) * rate);
  const at::Tensor waves = at::cat({at::sin(angles), at::cos(angles)}, 1).to(padded.options());
  const at::Tensor along = (2 * positions + 1).to(padded.options()) / segment_lengths(state).unsqueeze(1) - 1;
  const at::Tensor of_waves = waves.unsqueeze(0).expand({padded.size(0), -1, -1});
  state.values = segment_rows(at::cat({padded, of_waves, along.unsqueeze(2)}, 2), state);
  return state;
}

}  // namespace amortflow
