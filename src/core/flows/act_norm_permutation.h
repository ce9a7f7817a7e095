#pragma once

#include <vector>

#include "nets/constant_index.h"
#include "nets/layer.h"

namespace amortflow {

/// z_j = exp(log_scale_k) x_k + shift_k with k = permutation[j]: a learned affine map of each variable (Kingma and
/// Dhariwal 2018), then a fixed permutation. log|det| = sum of log_scale.
class ActNormPermutation final : public InvertibleLayer {
 public:
  explicit ActNormPermutation(const std::vector<std::int64_t>& permutation);

  [[nodiscard]] std::string name() const override { return "act_norm"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return static_cast<std::int64_t>(from_.size()); }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const override;

 private:
  [[nodiscard]] Panel scale(const Pass& pass, Scratch& scratch, float sign) const;

  std::vector<std::int32_t> from_;  // the permutation and its inverse, as kernels take them
  std::vector<std::int32_t> back_from_;
  ConstantIndex order_;  // the same for reference forms
  ConstantIndex back_order_;
  std::int64_t log_scale_ = -1;
  std::int64_t shift_ = -1;
};

}  // namespace amortflow
