#pragma once

#include "nets/activation.h"
#include "nets/network.h"

namespace amortflow {

/// Shape of one residual block.
struct ResidualBlockOptions {
  std::int64_t width = 0;            ///< of input, hidden layer and output
  std::int64_t condition_width = 0;  ///< columns of the condition joined to the input; 0 for none
  Activation activation = Activation::kSilu;
};

/// y = x + a([x, condition] W1 + b1) W2 + b2 (He et al. 2016, without normalisation). W2 starts at zero, so that a
/// stack of any depth starts as the identity.
class ResidualBlock final : public Layer {
 public:
  explicit ResidualBlock(ResidualBlockOptions options);

  [[nodiscard]] std::string name() const override { return "residual_block"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override { branch_.declare(layout, prefix); }
  [[nodiscard]] std::int64_t output_width() const override { return options_.width; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  ResidualBlockOptions options_;
  Network branch_;
};

}  // namespace amortflow
