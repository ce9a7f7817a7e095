#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "base/random.h"
#include "support/perturb.h"

namespace amortflow::test {

/// Standard normal numbers of (seed, rows, cols), the same everywhere.
inline at::Tensor normal_tensor(std::int64_t rows, std::int64_t cols, std::uint64_t seed, double scale = 1) {
  at::Tensor tensor = at::empty({rows, cols}, at::kFloat);
  rng random = stream(seed, Purpose::kCheck, 0);
  auto* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < rows * cols; ++i) values[i] = static_cast<float>(scale * random.normal());
  return tensor;
}

/// |a - b| / |b|, with a floor for gradients that are zero.
inline double relative_difference(const at::Tensor& a, const at::Tensor& b) {
  const double norm = b.to(at::kDouble).norm().item<double>();
  return (a.to(at::kDouble) - b.to(at::kDouble)).norm().item<double>() / (norm + 1e-6);
}

/// |a - b| beyond what cancels: gradients that vanish by design are left with the rounding of the others, `all`.
inline double gradient_difference(const at::Tensor& a, const at::Tensor& b, const std::vector<at::Tensor>& all) {
  double largest = 0;
  for (const at::Tensor& gradient : all) largest = std::max(largest, gradient.norm().item<double>());
  constexpr double kRounding = 1e-6;  // a dozen roundings of a float
  return std::max(0.0, (a - b).norm().item<double>() - kRounding * largest) / (b.norm().item<double>() + 1e-30);
}

}  // namespace amortflow::test
