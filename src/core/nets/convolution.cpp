#include "nets/convolution.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/constant_pad_nd.h>

#include <cmath>

#include "nets/segment_index.h"

namespace amortflow {

void Convolution::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t fan_in = options_.kernel_size * options_.input_width;
  const double sd = std::sqrt(2.0 / static_cast<double>(fan_in));
  weight_ = layout.add(prefix + ".weight", fan_in, options_.filters, {Initializer::Kind::kNormal, sd}, true);
  bias_ = layout.add(prefix + ".bias", 1, options_.filters, {}, false);
}

LayerState Convolution::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor rows = neighbour_rows(state.segments, options_.kernel_size, (options_.kernel_size - 1) / 2);
  const at::Tensor with_zero_row = at::constant_pad_nd(state.values, {0, 0, 0, 1});
  const at::Tensor windows = with_zero_row.index_select(0, rows.view({-1})).view({rows.size(0), -1});
  state.values = activate(options_.activation, at::addmm(parameters[bias_], windows, parameters[weight_]));
  return state;
}

}  // namespace amortflow
