#pragma once

#include "nets/activation.h"
#include "nets/network.h"

namespace amortflow {

struct MixtureHeadOptions {
  std::int64_t dimension = 0;  ///< variables
  std::int64_t condition_width = 0;
  std::int64_t components = 8;
  std::int64_t width = 128;  ///< of the hidden layers
  std::int64_t depth = 3;    ///< hidden layers, residual from the second on
  Activation activation = Activation::kSilu;
};

/// -log q of each row, [rows, 1], for a mixture of normals whose numbers come from a dense network of the condition: a
/// mixture density network (Bishop 1994) with full covariances. Component k has a weight, a mean m, log scales s and
/// slopes B: its variables are normal one after the other, x_i around m_i + sum_{j < i} B_ij (x_j - m_j) with sd
/// exp(-s_i), the modified Cholesky decomposition of Pourahmadi (1999); L = diag(exp(s)) (I - B) is the inverse of the
/// covariance's lower Cholesky factor. Soft clamping s = (2 c / pi) atan(raw / c) with c = 10 keeps sds above exp(-10).
/// Columns of the network's output: see kernels/kernels.h. Components start side by side, their means drawn from a
/// standard normal (the parameter `location`), because those that start alike stay alike.
class MixtureHead final : public Layer {
 public:
  static constexpr double kClamp = 10;

  explicit MixtureHead(const MixtureHeadOptions& options);

  [[nodiscard]] std::string name() const override { return "mixture_head"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  /// Draws, [rows, dimension], into `out`, given `pass.condition`: `noise` [rows, dimension + 1] holds standard normal
  /// numbers and, last, a uniform one. `scratch.segments` are those of single rows.
  void draw(const Pass& pass, const Panel& noise, const Panel& out, Scratch& scratch) const;

 private:
  /// Output of the subnetwork, with the means' start added.
  [[nodiscard]] Panel raw_numbers(const Pass& pass, std::int64_t rows, Scratch& scratch) const;

  MixtureHeadOptions options_;
  Network subnetwork_;
  std::int64_t location_ = -1;
};

}  // namespace amortflow
