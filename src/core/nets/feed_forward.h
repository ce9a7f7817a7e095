#pragma once

#include <memory>

#include "nets/activation.h"
#include "nets/layer.h"

namespace amortflow {

/// The pre-norm feed-forward block of transformers: x + a(norm(x) W + b) V + c with `hidden` units between.
[[nodiscard]] std::unique_ptr<Layer> feed_forward_block(std::int64_t width, std::int64_t hidden, Activation activation);

}  // namespace amortflow
