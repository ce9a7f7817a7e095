#pragma once

#include <string>

#include "kernels/kernels.h"

namespace amortflow {

/// "silu", "relu", "tanh", "elu", "gelu" or "identity"; throws ConfigError otherwise.
[[nodiscard]] Activation activation_from(const std::string& name);

}  // namespace amortflow
