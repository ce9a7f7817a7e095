#pragma once

#include "nets/layer.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// z = x Q with a learned orthogonal Q, the product of `dimension` Householder reflections I - 2 v v' / |v|^2 (Tomczak
/// and Welling 2016): every orthogonal matrix of its sign is in reach. log|det| = 0, and the inverse is Q'.
class OrthogonalMixing final : public InvertibleLayer {
 public:
  explicit OrthogonalMixing(std::int64_t dimension) : dimension_(dimension) {}

  [[nodiscard]] std::string name() const override { return "orthogonal"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return dimension_; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const override;

 private:
  [[nodiscard]] Panel matrix(const Pass& pass, Scratch& scratch) const;
  [[nodiscard]] Panel transposed(const Panel& matrix, Scratch& scratch) const;
  [[nodiscard]] at::Tensor matrix(const ParameterViews& parameters) const;

  std::int64_t dimension_;
  std::int64_t reflections_ = -1;  // entry: a v in each row
};

}  // namespace amortflow
