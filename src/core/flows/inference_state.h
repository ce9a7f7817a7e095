#pragma once

#include <ATen/core/Tensor.h>

#include "nets/layer_state.h"

namespace amortflow {

/// What the reference form of an inference network's loss starts from: `values` [rows, dimension], one data set a row,
/// given `condition` [rows, k], with log_det 0; `noise` [rows, w] may be undefined.
[[nodiscard]] LayerState inference_state(const at::Tensor& values,
                                         const at::Tensor& condition,
                                         const at::Tensor& noise = {});

}  // namespace amortflow
