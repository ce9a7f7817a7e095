#include "eager_weights.h"

#include <algorithm>

#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <torch/utils.h>

#include "base/errors.h"

namespace amortflow::bench {

at::Tensor weights_of(const ParameterStore& parameters, const std::string& name) {
  const auto& entries = parameters.layout().entries();
  for (std::size_t e = 0; e < entries.size(); ++e) {
    const ParameterEntry& entry = entries[e];
    if (entry.name != name) continue;
    at::Tensor copy = at::empty({entry.rows, entry.cols}, at::kFloat);
    const float* from = parameters.at(static_cast<std::int64_t>(e));
    float* to = copy.data_ptr<float>();
    for (std::int64_t i = 0; i < entry.rows; ++i) std::copy_n(from + i * entry.stride, entry.cols, to + i * entry.cols);
    return copy;
  }
  throw Error("There is no parameter " + name + ".");
}

torch::nn::Linear linear_from(const ParameterStore& parameters, const std::string& name) {
  at::Tensor weight = weights_of(parameters, name + ".weight");
  if (name.find("equivariant") != std::string::npos) {
    weight = at::cat({weight, weights_of(parameters, name + ".mean_weight")}, 0);
  }
  torch::nn::Linear linear(weight.size(0), weight.size(1));
  const torch::NoGradGuard no_gradient;
  linear->weight.copy_(weight.t());
  linear->bias.copy_(weights_of(parameters, name + ".bias").view({-1}));
  return linear;
}

}  // namespace amortflow::bench
