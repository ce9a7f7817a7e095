#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "base/batch.h"
#include "nets/parameter_views.h"

namespace amortflow {

/// What passes from layer to layer in `reference()`: `values` [rows, width], rows concatenated over data sets as
/// `segments` say. Flows also carry `condition` [rows, k] and `log_det` [rows]; elsewhere both are undefined.
struct LayerState {
  at::Tensor values;
  at::Tensor condition;
  at::Tensor log_det;
  Segments segments;
};

}  // namespace amortflow
