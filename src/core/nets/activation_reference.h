#pragma once

#include <ATen/core/Tensor.h>

#include "nets/activation.h"

namespace amortflow {

/// f(x) in LibTorch's operations.
[[nodiscard]] at::Tensor activate(Activation activation, const at::Tensor& x);

}  // namespace amortflow
