#pragma once

#include "nets/activation.h"
#include "nets/layer.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// Shape of one dense layer.
struct DenseOptions {
  std::int64_t input_width = 0;
  std::int64_t condition_width = 0;  ///< columns of the condition joined to the input; 0 for none
  std::int64_t output_width = 0;
  Activation activation = Activation::kIdentity;
  bool residual = false;  ///< adds the input to the output; needs equal widths
  bool starts_at_zero = false;
};

/// y = a([x, condition] W + b) (+ x). W: [input + condition, output]. Starts with sd sqrt(2 / fan-in) (He et al. 2015)
/// or, as the last layer of a coupling network, at zero, so that a flow starts as the identity.
class Dense final : public Layer {
 public:
  explicit Dense(DenseOptions options);

  [[nodiscard]] std::string name() const override { return "dense"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.output_width; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  /// The same with other weights than its own.
  [[nodiscard]] LayerState reference_with(LayerState state,
                                          const at::Tensor& weight,
                                          const ParameterViews& parameters) const;
  [[nodiscard]] const DenseOptions& options() const { return options_; }
  [[nodiscard]] std::int64_t weight() const { return weight_; }  ///< the entries of its parameters
  [[nodiscard]] std::int64_t bias() const { return bias_; }

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  [[nodiscard]] Panel joined(Scratch& scratch) const;

  DenseOptions options_;
  std::int64_t weight_ = -1;
  std::int64_t bias_ = -1;
};

}  // namespace amortflow
