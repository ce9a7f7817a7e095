#include "nets/dense.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>

#include <cmath>

#include "base/errors.h"

namespace amortflow {

Dense::Dense(DenseOptions options) : options_(options) {
  if (options_.residual && options_.input_width != options_.output_width) {
    throw ConfigError("a residual dense layer needs equal widths");
  }
}

void Dense::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t fan_in = options_.input_width + options_.condition_width;
  const double sd = std::sqrt(2.0 / static_cast<double>(std::max<std::int64_t>(fan_in, 1)));
  const Initializer start = options_.starts_at_zero ? Initializer{} : Initializer{Initializer::Kind::kNormal, sd};
  weight_ = layout.add(prefix + ".weight", fan_in, options_.output_width, start, true);
  bias_ = layout.add(prefix + ".bias", 1, options_.output_width, Initializer{}, false);
}

LayerState Dense::reference(LayerState state, const ParameterViews& parameters) const {
  const at::Tensor& x = state.values;
  const at::Tensor joined = options_.condition_width > 0 ? at::cat({x, state.condition}, 1) : x;
  const at::Tensor y = activate(options_.activation, at::addmm(parameters[bias_], joined, parameters[weight_]));
  state.values = options_.residual ? y + x : y;
  return state;
}

}  // namespace amortflow
