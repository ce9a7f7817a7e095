#pragma once

#include <ATen/core/Tensor.h>

namespace amortflow::bench {

struct EagerSpline {
  at::Tensor value;
  at::Tensor log_slope;
};

/// Monotone rational-quadratic splines (Durkan et al. 2019, equations 4 to 8) with linear tails beyond [-5, 5] and
/// least bin sizes and slopes of 0.001, operation by operation: `raw` [rows, variables, 3 bins - 1], `x` [rows,
/// variables].
[[nodiscard]] EagerSpline eager_spline(const at::Tensor& raw, const at::Tensor& x, bool inverse);

}  // namespace amortflow::bench
