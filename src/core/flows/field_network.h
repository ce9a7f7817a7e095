#pragma once

#include "flows/noise_path.h"
#include "nets/activation.h"
#include "nets/network.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// Sizes of a network that depends on time.
struct FieldNetworkOptions {
  std::int64_t dimension = 0;  ///< of parameters
  std::int64_t condition_width = 0;
  std::int64_t width = 128;     ///< of the residual stack
  std::int64_t blocks = 4;      ///< residual blocks of two dense layers each
  std::int64_t embedding = 32;  ///< width of the time embedding
  Activation activation = Activation::kSilu;
};

/// F(z, t | condition) for parameters z: a residual stack in which every block sees the condition and an embedding of
/// time. Starts at zero. What flow matching, diffusion and consistency models learn.
class FieldNetwork final {
 public:
  explicit FieldNetwork(const FieldNetworkOptions& options);

  void declare(ParameterLayout& layout, const std::string& prefix);
  [[nodiscard]] at::Tensor reference(const at::Tensor& z,
                                     const at::Tensor& coordinates,
                                     const at::Tensor& condition,
                                     const ParameterViews& parameters) const;

  /// [rows, dimension], in `scratch`, from z [rows, dimension] and `coordinates` [rows, kTimeCoordinates] of the times.
  [[nodiscard]] Panel forward(const Pass& pass, const Panel& z, const Panel& coordinates, Scratch& scratch) const;
  /// After forward(), any number of times: adds gradients of parameters and condition; gives that of z, in `scratch`,
  /// or a panel without values if `wants_input` is false. May overwrite `out_gradient`.
  Panel backward(const Pass& pass, const Panel& out_gradient, bool wants_input, Scratch& scratch) const;

 private:
  FieldNetworkOptions options_;
  Network embedding_;
  Network stack_;
};

}  // namespace amortflow
