#pragma once

#include <string>

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/linear.h>

#include "base/parameter_store.h"

namespace amortflow::bench {

/// A copy of the parameter `name`: [rows, cols].
[[nodiscard]] at::Tensor weights_of(const ParameterStore& parameters, const std::string& name);

/// A linear layer with the weights of our dense layer `name`.
[[nodiscard]] torch::nn::Linear linear_from(const ParameterStore& parameters, const std::string& name);

}  // namespace amortflow::bench
