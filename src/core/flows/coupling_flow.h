#pragma once

#include <string>

#include "base/spec.h"
#include "flows/spline_transform.h"
#include "nets/network.h"

namespace at {
class Tensor;
}

namespace amortflow {

class NetworkWorkspace;

/// Conditional flow of couplings: `depth` times act-norm, fixed permutation and two half couplings.
struct CouplingFlowOptions {
  std::string transform = "affine";  ///< "affine", "spline" or "interleaved": affine and spline steps in turn
  std::int64_t depth = 6;
  std::int64_t width = 128;
  std::int64_t hidden = 2;  ///< hidden layers of each coupling's network
  std::string activation = "silu";
  SplineOptions spline;

  [[nodiscard]] static CouplingFlowOptions from_spec(const Spec& spec);
};

/// q(x | condition) for x of `dimension` variables. One variable is transformed by the condition alone.
class CouplingFlow final {
 public:
  /// `seed` fixes the permutations.
  CouplingFlow(const CouplingFlowOptions& options,
               std::int64_t dimension,
               std::int64_t condition_width,
               std::uint64_t seed);

  void declare(ParameterLayout& layout, const std::string& prefix) { network_.declare(layout, prefix); }

  /// From parameters [rows, dimension] to -log q of each row, [rows, 1].
  [[nodiscard]] const Network& network() const { return network_; }

  /// Carries base draws to the parameters' space, given `pass.condition`: reads `noise` [rows, dimension], gives the
  /// result, which lives in `scratch`. Layers of one kind share their buffers, so that these stay in the cache.
  [[nodiscard]] Panel invert(const Pass& pass, const Panel& noise, Scratch& scratch) const;

  /// [rows]: -log q of each row of `values` [rows, dimension] given `condition` [rows, condition_width], with a
  /// gradient by LibTorch's autograd.
  [[nodiscard]] at::Tensor negative_log_density(const at::Tensor& values,
                                                const at::Tensor& condition,
                                                const ParameterViews& parameters,
                                                NetworkWorkspace& workspace) const;
  /// The same by `reference()` of every layer.
  [[nodiscard]] at::Tensor negative_log_density_reference(const at::Tensor& values,
                                                          const at::Tensor& condition,
                                                          const ParameterViews& parameters) const;
  /// [rows, dimension]: base draws `noise` carried to the parameters' space, by `inverse()` of every layer.
  [[nodiscard]] at::Tensor inverse_reference(const at::Tensor& noise,
                                             const at::Tensor& condition,
                                             const ParameterViews& parameters) const;

 private:
  Network network_;
  std::size_t layers_per_step_ = 0;  ///< of one act-norm and its couplings
};

}  // namespace amortflow
