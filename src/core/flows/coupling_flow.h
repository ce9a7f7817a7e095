#pragma once

#include <string>

#include "base/spec.h"
#include "flows/base_distribution.h"
#include "flows/inference_network.h"
#include "flows/spline_transform.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// Conditional flow of couplings: `depth` times act-norm, permutation and two half couplings.
struct CouplingFlowOptions {
  std::string transform = "affine";  ///< "affine", "spline" or "interleaved": affine and spline steps in turn
  std::int64_t depth = 6;
  std::int64_t width = 128;
  std::int64_t hidden = 2;  ///< hidden layers of each coupling's network
  std::string activation = "silu";
  SplineOptions spline;
  /// "fixed": random ones; "swap": of the halves; "orthogonal": a learned rotation instead.
  std::string permutation = "fixed";
  BaseOptions base;

  [[nodiscard]] static CouplingFlowOptions from_spec(const Spec& spec);
};

/// q(x | condition) for x of `dimension` variables. One variable is transformed by the condition alone.
class CouplingFlow final : public InferenceNetwork {
 public:
  /// `seed` fixes the permutations.
  CouplingFlow(const CouplingFlowOptions& options,
               std::int64_t dimension,
               std::int64_t condition_width,
               std::uint64_t seed);

  void declare(ParameterLayout& layout, const std::string& prefix) override { network_.declare(layout, prefix); }
  /// -log q of each row.
  [[nodiscard]] const Network& loss() const override { return network_; }
  [[nodiscard]] std::int64_t draw_noise_width() const override { return dimension_; }
  void fill_draw_noise(const ParameterStore& parameters, rng& random, float* row) const override {
    base_->fill_draw(parameters, random, row);
  }
  /// Products of many rows copy the weights together first, which is paid off better by twice the usual number.
  [[nodiscard]] std::int64_t rows_at_once() const override { return 256; }
  /// Carries base draws to the parameters' space. Layers of one kind share their buffers, so that these stay in the
  /// cache.
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;

  /// [rows, dimension]: base draws `noise` carried to the parameters' space, by `inverse()` of every layer.
  [[nodiscard]] at::Tensor inverse_reference(const at::Tensor& noise,
                                             const at::Tensor& condition,
                                             const ParameterViews& parameters) const;

 private:
  std::int64_t dimension_;
  Network network_;
  const BaseDistribution* base_ = nullptr;  ///< the last of its layers
  std::size_t layers_per_step_ = 0;         ///< of one act-norm and its couplings
};

}  // namespace amortflow
