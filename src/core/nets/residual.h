#pragma once

#include <utility>

#include "nets/network.h"

namespace amortflow {

/// y = x + f(x) for layers f that keep rows and width (He et al. 2016). With layer norm as the first of them it is a
/// pre-norm block (Xiong et al. 2020).
class Residual final : public Layer {
 public:
  Residual(std::int64_t width, Network layers) : width_(width), layers_(std::move(layers)) {}

  [[nodiscard]] std::string name() const override { return "residual"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override { layers_.declare(layout, prefix); }
  [[nodiscard]] std::int64_t output_width() const override { return width_; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  std::int64_t width_;
  Network layers_;
};

}  // namespace amortflow
