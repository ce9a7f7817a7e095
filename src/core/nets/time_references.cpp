// The reference forms of the layers of networks that depend on time.

#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/sin.h>

#include "nets/layer_state.h"
#include "nets/time_features.h"

namespace amortflow {

namespace {

constexpr double kHalfPi = 1.57079632679489661923;

}  // namespace

LayerState TimeFeatures::reference(LayerState state, const ParameterViews&) const {
  std::vector<at::Tensor> columns;
  for (const at::Tensor& time : state.values.split(1, 1)) {
    columns.push_back(time);
    for (std::int64_t j = 0; j < options_.octaves; ++j) {
      const at::Tensor angle = time * (kHalfPi * std::ldexp(1.0, static_cast<int>(j)));
      columns.push_back(at::sin(angle));
      columns.push_back(at::cos(angle));
    }
  }
  state.values = at::cat(columns, 1);
  return state;
}

}  // namespace amortflow
