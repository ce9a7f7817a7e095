#pragma once

#include "nets/layer.h"

namespace amortflow {

/// (x - mean) / sqrt(variance + 1e-5) gain + bias over the columns of each row (Ba et al. 2016). Starts with gain 1 and
/// bias 0.
class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(std::int64_t width) : width_(width) {}

  [[nodiscard]] std::string name() const override { return "layer_norm"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return width_; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  static constexpr double kEpsilon = 1e-5;

  std::int64_t width_;
  std::int64_t gain_ = -1;
  std::int64_t bias_ = -1;
};

}  // namespace amortflow
