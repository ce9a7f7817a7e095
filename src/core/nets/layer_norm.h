#pragma once

#include "nets/layer.h"

namespace amortflow {

/// y = gain * (x - mean(x)) / sqrt(var(x) + 1e-5) + bias over the columns of each row (Ba, Kiros and Hinton 2016).
class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(std::int64_t width) : width_(width) {}

  [[nodiscard]] std::string name() const override { return "layer_norm"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return width_; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

 private:
  std::int64_t width_;
  std::int64_t gain_ = -1;
  std::int64_t bias_ = -1;
};

}  // namespace amortflow
