#pragma once

#include "nets/layer.h"

namespace amortflow {

/// Joins to each row where it stands in its series, because attention alone does not see order:
/// [rows, width] -> [rows, width + 2 frequencies + 1]. For position t = 0, 1, ... of n: sin and cos of
/// t 10000^(-k / frequencies) for k = 0, ..., frequencies - 1 (Vaswani et al. 2017, section 3.5), which tell how far
/// apart rows are, and 2 (t + 1/2) / n - 1, which tells how far along the series they are.
class PositionFeatures final : public Layer {
 public:
  PositionFeatures(std::int64_t width, std::int64_t frequencies) : width_(width), frequencies_(frequencies) {}

  [[nodiscard]] std::string name() const override { return "position_features"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return width_ + 2 * frequencies_ + 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  static constexpr double kLongestWave = 10000;

  [[nodiscard]] Panel waves(Scratch& scratch) const;

  std::int64_t width_;
  std::int64_t frequencies_;
};

}  // namespace amortflow
