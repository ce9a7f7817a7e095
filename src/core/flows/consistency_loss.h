#pragma once

#include "flows/field_network.h"

namespace amortflow {

/// The loss of consistency training, [rows, 1] (Song et al. 2023; Song and Dhariwal 2024): the consistency function
/// f(z, t) = cos(t) z - sin(t) F(z, t) of a point of the angular path and that of the point with the same noise at a
/// smaller time, whose gradient is stopped, differ by d; the loss is (sqrt(|d|^2 + c^2) - c) / (tan t - tan t'), c =
/// 0.00054 sqrt(dimension). f(z, 0) = z by construction. `pass.noise` [rows, 2 + dimension] has both times, the larger
/// first, and standard normal noise.
class ConsistencyLoss final : public Layer {
 public:
  explicit ConsistencyLoss(const FieldNetworkOptions& options) : dimension_(options.dimension), field_(options) {}

  [[nodiscard]] std::string name() const override { return "consistency_loss"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override { field_.declare(layout, prefix); }
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  /// f(z, t) of each row i of z, in `scratch`, for t = times[i * stride].
  [[nodiscard]] Panel consistent(const Pass& pass,
                                 const Panel& z,
                                 const float* times,
                                 std::int64_t stride,
                                 Scratch& scratch) const;

 private:
  [[nodiscard]] double softness() const;
  /// f of the points mixed from x and the row's noise at the time in column `column` of it.
  [[nodiscard]] Panel consistent_at(const Pass& pass, std::int64_t column, const Panel& x, Scratch& scratch) const;

  std::int64_t dimension_;
  FieldNetwork field_;
};

}  // namespace amortflow
