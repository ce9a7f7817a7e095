#pragma once

#include "flows/variable_transform.h"

namespace amortflow {

/// v = u exp(s) + t (Dinh, Sohl-Dickstein and Bengio 2017). Soft clamping s = (2 c / pi) atan(raw / c) with c = 1.9
/// bounds each step's scale (Ardizzone et al. 2019). Columns of `raw`: raw scales of all variables, then their t.
class AffineTransform final : public VariableTransform {
 public:
  static constexpr double kClamp = 1.9;

  [[nodiscard]] std::string name() const override { return "affine"; }
  [[nodiscard]] std::vector<std::int64_t> groups() const override { return {1, 1}; }
  [[nodiscard]] LayerState reference(LayerState state, const at::Tensor& raw) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const at::Tensor& raw) const override;

  void forward(const Pass& pass, const Panel& raw, const Rows& in, const Rows& out, Scratch& scratch) const override;
  void backward(const Pass& pass,
                const Panel& raw,
                const Rows& in,
                const Rows& gradient,
                const Panel& raw_gradient,
                Scratch& scratch) const override;
  void invert(const Panel& raw, const Rows& out, const Rows& in) const override;
};

}  // namespace amortflow
