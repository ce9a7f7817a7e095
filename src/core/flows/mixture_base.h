#pragma once

#include "flows/base_distribution.h"

namespace amortflow {

/// A base with several modes: a mixture of normals with diagonal covariance, whose weights, means and sds may be
/// learned: flows are continuous, so that from one mode they make several only with bridges between them (Izmailov,
/// Kirichenko, Finzi and Wilson 2020). Means start as draws from normal(0, 1/2), sds at sqrt(1/2), so that variances
/// are about 1.
class MixtureBase final : public BaseDistribution {
 public:
  MixtureBase(std::int64_t dimension, std::int64_t components, bool learned)
      : dimension_(dimension), components_(components), learned_(learned) {}

  [[nodiscard]] std::string name() const override { return "mixture_base"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void fill_draw(const ParameterStore& parameters, rng& random, float* row) const override;

 private:
  /// log of softmax of the raw weights, into a row.
  [[nodiscard]] Panel log_weights(const Pass& pass, Scratch& scratch) const;
  void add_component_gradients(const Pass& pass, std::int64_t k, float g, const float* z, float* z_gradient) const;

  std::int64_t dimension_;
  std::int64_t components_;
  bool learned_;
  std::int64_t raw_weight_ = -1;  // entries
  std::int64_t mean_ = -1;
  std::int64_t log_sd_ = -1;
};

}  // namespace amortflow
