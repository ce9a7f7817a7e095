#pragma once

#include "nets/activation.h"
#include "nets/network.h"

namespace at {
class Tensor;
}

namespace amortflow {

struct AffineCouplingOptions {
  std::int64_t dimension = 0;     ///< variables
  std::int64_t target_begin = 0;  ///< variables [begin, end) are transformed, the others decide how
  std::int64_t target_end = 0;
  std::int64_t condition_width = 0;
  std::int64_t width = 128;  ///< of the hidden layers
  std::int64_t depth = 2;    ///< hidden layers
  Activation activation = Activation::kSilu;
};

/// Half of a dual affine coupling (Dinh, Sohl-Dickstein and Bengio 2017): v = u exp(s) + t for the target variables,
/// where (s, t) come from a dense network of the other variables and the condition. Soft clamping s = (2 c / pi)
/// atan(raw / c) with c = 1.9 bounds each step's scale (Ardizzone et al. 2019). log|det| = sum of s.
class AffineCoupling final : public InvertibleLayer {
 public:
  static constexpr double kClamp = 1.9;

  explicit AffineCoupling(const AffineCouplingOptions& options);

  [[nodiscard]] std::string name() const override { return "affine_coupling"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.dimension; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const override;

 private:
  struct ScaleShift;  // of `reference()`
  [[nodiscard]] std::int64_t target_width() const { return options_.target_end - options_.target_begin; }
  [[nodiscard]] ScaleShift scale_shift(const LayerState& state, const ParameterViews& parameters) const;
  /// Output of the subnetwork, [rows, 2 target], for the other variables of `values`.
  [[nodiscard]] Panel raw_scale_shift(const Pass& pass, const Panel& values, Scratch& scratch) const;
  void copy_others(const Panel& from, const Panel& to) const;
  [[nodiscard]] at::Tensor joined(const at::Tensor& values, const at::Tensor& target) const;

  AffineCouplingOptions options_;
  Network subnetwork_;
};

}  // namespace amortflow
