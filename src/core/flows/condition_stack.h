#pragma once

#include <cstdint>

#include "nets/activation.h"
#include "nets/network.h"

namespace amortflow {

/// Hidden layers and a linear one that starts at zero.
struct ConditionStackOptions {
  std::int64_t input_width = 0;
  std::int64_t condition_width = 0;
  std::int64_t width = 128;
  std::int64_t depth = 3;  ///< hidden layers
  std::int64_t output_width = 0;
  Activation activation = Activation::kSilu;
  bool residual = true;  ///< hidden layers, from the second on
};

/// A dense network of its input and the condition, either of which may have no columns.
[[nodiscard]] Network condition_stack(const ConditionStackOptions& options);

}  // namespace amortflow
