#pragma once

#include <algorithm>

#include <ATen/core/Tensor.h>

#include "base/matrix.h"
#include "nets/layer.h"

namespace amortflow {

/// Tight rows as a panel that lives in `scratch`.
inline Panel panel_of(const float* values, std::int64_t rows, std::int64_t cols, std::size_t slot, Scratch& scratch) {
  const Panel panel = scratch.panel(slot, rows, cols);
  for (std::int64_t i = 0; i < rows; ++i) std::copy_n(values + i * cols, cols, panel.values + i * panel.stride);
  return panel;
}
inline Panel panel_of(const Matrix<float>& rows, std::size_t slot, Scratch& scratch) {
  return panel_of(rows.values.data(), rows.rows, rows.cols, slot, scratch);
}
/// Of floats, [rows, cols].
inline Panel panel_of(const at::Tensor& tensor, std::size_t slot, Scratch& scratch) {
  const at::Tensor rows = tensor.contiguous();
  return panel_of(rows.data_ptr<float>(), rows.size(0), rows.size(1), slot, scratch);
}

}  // namespace amortflow
