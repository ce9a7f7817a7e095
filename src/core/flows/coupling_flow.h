#pragma once

#include <string>

#include "base/spec.h"
#include "flows/inference_network.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// Conditional flow of affine couplings: `depth` times act-norm, fixed permutation and two half couplings.
struct CouplingFlowOptions {
  std::int64_t depth = 6;
  std::int64_t width = 128;
  std::int64_t hidden = 2;  ///< hidden layers of each coupling's network
  std::string activation = "silu";

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
  std::size_t layers_per_step_ = 0;  ///< of one act-norm and its couplings
};

}  // namespace amortflow
