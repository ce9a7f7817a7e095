#include "nets/segment_pool.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/log.h>

#include "nets/segment_index.h"

namespace amortflow {

LayerState SegmentMean::reference(LayerState state, const ParameterViews&) const {
  const at::Tensor log_size = at::log(segment_lengths(state.segments, state.values)) - log_size_center_;
  state.values = at::cat({segment_mean(state.values, state.segments), log_size.unsqueeze(1)}, 1);
  state.segments = output_segments(state.segments);
  return state;
}

LayerState SegmentMeanJoin::reference(LayerState state, const ParameterViews&) const {
  const at::Tensor means = segment_mean(state.values, state.segments);
  state.values = at::cat({state.values, means.index_select(0, segment_of_row(state.segments))}, 1);
  return state;
}

}  // namespace amortflow
