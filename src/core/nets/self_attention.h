#pragma once

#include "nets/attention_heads.h"

namespace amortflow {

/// Every row of a data set looks at all rows of the same data set (Vaswani et al. 2017): [rows, width] -> [rows,
/// width], y = attention(x Q, x K, x V) W + b. Queries, keys and values have no biases: one of keys changes nothing,
/// one of values is part of b.
class SelfAttention final : public Layer {
 public:
  SelfAttention(std::int64_t width, std::int64_t heads) : attention_(width, heads) {}

  [[nodiscard]] std::string name() const override { return "self_attention"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return attention_.width(); }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  AttentionHeads attention_;
  std::int64_t input_weight_ = -1;  // [width, 3 width]: Q, K, V
  std::int64_t output_weight_ = -1;
  std::int64_t output_bias_ = -1;
};

}  // namespace amortflow
