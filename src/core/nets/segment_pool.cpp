#include "nets/segment_pool.h"

#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/log.h>

#include "kernels/dispatch.h"
#include "nets/segment_index.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kMeans, kMeansGradient, kSpread };

}  // namespace

LayerState SegmentMean::reference(LayerState state, const ParameterViews&) const {
  const at::Tensor log_size = at::log(segment_lengths(state)) - log_size_center_;
  state.values = at::cat({segment_mean(state), log_size.unsqueeze(1)}, 1);
  state.segments = output_segments(state.segments);
  state.lengths = at::Tensor();
  return state;
}

LayerState SegmentMeanJoin::reference(LayerState state, const ParameterViews&) const {
  state.values = at::cat({state.values, spread_over_rows(segment_mean(state), state)}, 1);
  return state;
}

void SegmentMean::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel means = scratch.panel(kMeans, out.rows, width_);
  k.pool(Pooling::kMean, scratch.segments.offsets.data(), scratch.input.view(), means.view());
  k.copy(means.view(), out.columns(0, width_), false);
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const double log_size = std::log(static_cast<double>(scratch.segments.length(i)));
    out.values[i * out.stride + width_] = static_cast<float>(log_size - log_size_center_);
  }
}

void SegmentMean::backward(const Pass&, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  if (in_gradient.values == nullptr) return;
  const Kernels& k = kernels();
  const Panel gradient = scratch.panel(kMeansGradient, out_gradient.rows, width_);
  k.copy(out_gradient.columns(0, width_), gradient.view(), false);
  k.spread(Pooling::kMean, scratch.segments.offsets.data(), gradient.view(), in_gradient.view(), false);
}

void SegmentMeanJoin::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t* offsets = scratch.segments.offsets.data();
  const Panel means = scratch.panel(kMeans, scratch.segments.count(), width_);
  const Panel spread = scratch.panel(kSpread, out.rows, width_);
  k.pool(Pooling::kMean, offsets, scratch.input.view(), means.view());
  k.spread(Pooling::kSum, offsets, means.view(), spread.view(), false);
  k.copy(scratch.input.view(), out.columns(0, width_), false);
  k.copy(spread.view(), out.columns(width_, width_), false);
}

void SegmentMeanJoin::backward(const Pass&,
                               const Panel& out_gradient,
                               const Panel& in_gradient,
                               Scratch& scratch) const {
  if (in_gradient.values == nullptr) return;
  const Kernels& k = kernels();
  const std::int64_t* offsets = scratch.segments.offsets.data();
  const Panel of_means = scratch.panel(kSpread, out_gradient.rows, width_);
  const Panel summed = scratch.panel(kMeansGradient, scratch.segments.count(), width_);
  k.copy(out_gradient.columns(width_, width_), of_means.view(), false);
  k.pool(Pooling::kSum, offsets, of_means.view(), summed.view());
  k.copy(out_gradient.columns(0, width_), in_gradient.view(), false);
  k.spread(Pooling::kMean, offsets, summed.view(), in_gradient.view(), true);
}

}  // namespace amortflow
