#pragma once

#include <string>

#include "base/spec.h"
#include "flows/inference_network.h"
#include "flows/spline_transform.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// Masked autoregressive flow: `depth` times act-norm, reversal of the variables' order and an autoregressive layer.
struct AutoregressiveFlowOptions {
  std::string transform = "affine";  ///< or "spline"
  std::int64_t depth = 5;
  std::int64_t width = 128;
  std::int64_t hidden = 2;  ///< hidden layers of each masked network
  std::string activation = "silu";
  SplineOptions spline;

  [[nodiscard]] static AutoregressiveFlowOptions from_spec(const Spec& spec);
};

/// q(x | condition) for x of `dimension` variables. One variable is transformed by the condition alone.
class AutoregressiveFlow final : public InferenceNetwork {
 public:
  AutoregressiveFlow(const AutoregressiveFlowOptions& options, std::int64_t dimension, std::int64_t condition_width);

  void declare(ParameterLayout& layout, const std::string& prefix) override { network_.declare(layout, prefix); }
  /// -log q of each row.
  [[nodiscard]] const Network& loss() const override { return network_; }
  [[nodiscard]] std::int64_t draw_noise_width() const override { return dimension_; }
  /// Carries base draws to the parameters' space. Layers of one kind share their buffers.
  [[nodiscard]] Panel draw(const Pass& pass, const Panel& noise, Scratch& scratch) const override;

 private:
  std::int64_t dimension_;
  Network network_;
};

}  // namespace amortflow
