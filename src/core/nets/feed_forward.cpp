#include "nets/feed_forward.h"

#include "nets/dense.h"
#include "nets/layer_norm.h"
#include "nets/residual.h"

namespace amortflow {

std::unique_ptr<Layer> feed_forward_block(std::int64_t width, std::int64_t hidden, Activation activation) {
  Network layers;
  layers.add(std::make_unique<LayerNorm>(width));
  layers.add(std::make_unique<Dense>(DenseOptions{width, 0, hidden, activation}));
  layers.add(std::make_unique<Dense>(DenseOptions{hidden, 0, width, Activation::kIdentity}));
  return std::make_unique<Residual>(std::move(layers), Network());
}

}  // namespace amortflow
