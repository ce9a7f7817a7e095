#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include "base/batch.h"
#include "nets/parameter_views.h"

namespace amortflow {

/// What passes from layer to layer in `reference()`: `values` [rows, width], rows concatenated over data sets as
/// `segments` say. Flows also carry `condition` [rows, k], `noise` [rows, w] where their loss needs random numbers,
/// and `log_det` [rows]; elsewhere these are undefined. Where data sets are padded to one length, `segments` has the
/// padded lengths and `lengths` [data sets], of `values`' type and device, the true ones: rows beyond them may hold
/// anything finite and have no part in what comes out. Elsewhere it is undefined.
struct LayerState {
  at::Tensor values;
  at::Tensor condition;
  at::Tensor noise;
  at::Tensor log_det;
  at::Tensor lengths;
  Segments segments;
};

}  // namespace amortflow
