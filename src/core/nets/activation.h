#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace amortflow {

enum class Activation { kIdentity, kSilu, kRelu, kTanh, kElu };

/// "silu", "relu", "tanh", "elu" or "identity"; throws ConfigError otherwise.
[[nodiscard]] Activation activation_from(const std::string& name);

[[nodiscard]] at::Tensor activate(Activation activation, const at::Tensor& x);

}  // namespace amortflow
