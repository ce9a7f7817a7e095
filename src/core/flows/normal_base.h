#pragma once

#include "flows/base_distribution.h"

namespace amortflow {

/// The standard normal base: -log q = |z|^2 / 2 + (d / 2) log(2 pi) - log|det|.
class NormalBase final : public BaseDistribution {
 public:
  explicit NormalBase(std::int64_t dimension) : dimension_(dimension) {}

  [[nodiscard]] std::string name() const override { return "normal_base"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void fill_draw(const ParameterStore& parameters, rng& random, float* row) const override;

 private:
  std::int64_t dimension_;
};

}  // namespace amortflow
