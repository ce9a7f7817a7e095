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

/// The conditional flow of affine or spline couplings as modules.
class EagerFlowImpl final : public torch::nn::Module {
 public:
  struct Options {
    std::int64_t dimension = 0;
    std::int64_t depth = 0;
    std::string transform;   ///< "affine" or "spline"
    std::uint64_t seed = 0;  ///< of the permutations
  };
  EagerFlowImpl(const ParameterStore& parameters, const Options& options);
  /// [rows]: -log q of `x` [rows, dimension] given `condition`.
  at::Tensor negative_log_density(at::Tensor x, const at::Tensor& condition);
  /// Base draws `z` carried to parameters.
  at::Tensor inverse(at::Tensor z, const at::Tensor& condition);

 private:
  struct Transformed {
    at::Tensor values;
    at::Tensor log_det;  // [rows]
  };
  struct Layer {
    at::Tensor log_scale;
    at::Tensor shift;
    at::Tensor permutation;
    at::Tensor inverse_permutation;
    EagerDense second{nullptr};  // from the first half to the second
    EagerDense first{nullptr};
  };
  [[nodiscard]] static Transformed transformed(const at::Tensor& half, const at::Tensor& raw);
  [[nodiscard]] static at::Tensor restored(const at::Tensor& half, const at::Tensor& raw);

  std::int64_t dimension_;
  std::vector<Layer> layers_;
};
TORCH_MODULE(EagerFlow);

}  // namespace amortflow::bench
