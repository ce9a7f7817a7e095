#pragma once

#include "nets/activation.h"
#include "nets/attention_heads.h"
#include "nets/network.h"

namespace amortflow {

struct InducedAttentionOptions {
  std::int64_t width = 0;
  std::int64_t heads = 1;
  std::int64_t points = 16;
  std::int64_t feedforward = 0;  ///< units of the hidden layer between the two attentions
  Activation activation = Activation::kSilu;
};

/// Self-attention by way of a few learned points, whose cost is linear in the number of rows (Lee et al. 2019, section
/// 3.1): the points look at the rows, pass a pre-norm feed-forward block, and the rows look at the points.
/// [rows, width] -> [rows, width].
class InducedAttention final : public Layer {
 public:
  explicit InducedAttention(InducedAttentionOptions options);

  [[nodiscard]] std::string name() const override { return "induced_attention"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return attention_.width(); }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  [[nodiscard]] AttentionRows rows(const Pass& pass,
                                   const Panel& queries,
                                   const Panel& of_points,
                                   Scratch& scratch) const;

  std::int64_t points_;
  Network to_points_;
  AttentionHeads attention_;
  std::int64_t query_weight_ = -1;  // [width, width]
  std::int64_t point_weight_ = -1;  // [width, 2 width]: K, V
  std::int64_t output_weight_ = -1;
  std::int64_t output_bias_ = -1;
};

}  // namespace amortflow
