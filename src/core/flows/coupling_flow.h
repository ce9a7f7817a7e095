#pragma once

#include <string>

#include "base/spec.h"
#include "nets/network.h"
#include "nets/walk.h"

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
class CouplingFlow final {
 public:
  /// `seed` fixes the permutations.
  CouplingFlow(const CouplingFlowOptions& options,
               std::int64_t dimension,
               std::int64_t condition_width,
               std::uint64_t seed);

  void declare(ParameterLayout& layout, const std::string& prefix) { network_.declare(layout, prefix); }

  /// [rows]: -log q of each row of `values` [rows, dimension] given `condition` [rows, condition_width].
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
  /// The same by the fast forms, in place. `scratch` is used by one thread at a time.
  void inverse(Matrix<float>& noise,
               const Matrix<float>& condition,
               const ParameterStore& parameters,
               Scratch& scratch) const;

  [[nodiscard]] const Network& network() const { return network_; }

 private:
  Network network_;
};

}  // namespace amortflow
