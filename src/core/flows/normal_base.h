#pragma once

#include "nets/layer.h"

namespace amortflow {

/// The last layer of a flow: the negative log density of each row, [rows, 1]: for a standard normal base
/// -log q = |z|^2 / 2 + (d / 2) log(2 pi) - log|det|, fully normalised.
class NormalBase final : public Layer {
 public:
  explicit NormalBase(std::int64_t dimension) : dimension_(dimension) {}

  [[nodiscard]] std::string name() const override { return "normal_base"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  static constexpr double kLogTwoPi = 1.83787706640934548356;

  std::int64_t dimension_;
};

}  // namespace amortflow
