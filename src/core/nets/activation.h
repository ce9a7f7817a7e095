#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "kernels/kernels.h"

namespace amortflow {

/// "silu", "relu", "tanh", "elu", "gelu" or "identity"; throws ConfigError otherwise.
[[nodiscard]] Activation activation_from(const std::string& name);

[[nodiscard]] at::Tensor activate(Activation activation, const at::Tensor& x);

}  // namespace amortflow
