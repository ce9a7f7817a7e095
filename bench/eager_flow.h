#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "base/parameter_store.h"

namespace amortflow::bench {

/// Dense layers with SiLU between them.
class EagerDenseImpl final : public torch::nn::Module {
 public:
  EagerDenseImpl(const ParameterStore& parameters, const std::string& prefix, std::int64_t first, std::int64_t layers);
  at::Tensor forward(at::Tensor x);

 private:
  std::vector<torch::nn::Linear> layers_;
};
TORCH_MODULE(EagerDense);

/// The conditional flow of affine couplings as modules.
class EagerFlowImpl final : public torch::nn::Module {
 public:
  /// `seed` is that of the permutations.
  EagerFlowImpl(const ParameterStore& parameters, std::int64_t dimension, std::int64_t depth, std::uint64_t seed);
  /// [rows]: -log q of `x` [rows, dimension] given `condition`.
  at::Tensor negative_log_density(at::Tensor x, const at::Tensor& condition);
  /// Base draws `z` carried to parameters.
  at::Tensor inverse(at::Tensor z, const at::Tensor& condition);

 private:
  struct ScaleShift {
    at::Tensor log_scale;
    at::Tensor shift;
  };
  struct Layer {
    at::Tensor log_scale;
    at::Tensor shift;
    at::Tensor permutation;
    at::Tensor inverse_permutation;
    EagerDense second{nullptr};  // from the first half to the second
    EagerDense first{nullptr};
  };
  [[nodiscard]] static ScaleShift scale_shift(EagerDense& network, const at::Tensor& half, const at::Tensor& condition);

  std::int64_t dimension_;
  std::vector<Layer> layers_;
};
TORCH_MODULE(EagerFlow);

}  // namespace amortflow::bench
