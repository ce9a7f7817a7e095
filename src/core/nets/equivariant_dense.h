#pragma once

#include "nets/activation.h"
#include "nets/layer.h"

namespace amortflow {

/// Shape of one equivariant dense layer.
struct EquivariantDenseOptions {
  std::int64_t input_width = 0;
  std::int64_t output_width = 0;
  Activation activation = Activation::kSilu;
};

/// y = a(x W + m V + b) for every row x of a data set and the mean m of its rows: the dense layer of the pair (x, m),
/// with which dense layers make the equivariant module of Zaheer et al. (2017). m V is worked out once per data set.
/// W, V: [input, output]. Both start with sd sqrt(2 / (2 input)) (He et al. 2015).
class EquivariantDense final : public Layer {
 public:
  explicit EquivariantDense(EquivariantDenseOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "equivariant_dense"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.output_width; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  EquivariantDenseOptions options_;
  std::int64_t weight_ = -1;
  std::int64_t mean_weight_ = -1;
  std::int64_t bias_ = -1;
};

}  // namespace amortflow
