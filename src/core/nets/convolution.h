#pragma once

#include "nets/activation.h"
#include "nets/layer.h"

namespace amortflow {

struct ConvolutionOptions {
  std::int64_t input_width = 0;
  std::int64_t filters = 32;
  std::int64_t kernel_size = 3;
  Activation activation = Activation::kSilu;
  std::int64_t stride = 1;
  bool starts_at_zero = false;
};

/// One-dimensional convolution along the positions of each data set, zeros beyond its ends ("same" padding), at every
/// `stride`-th position: [rows, input] -> [rows, filters], n rows of a data set become ceil(n / stride). Weight:
/// [kernel_size * input, filters].
class Convolution final : public Layer {
 public:
  explicit Convolution(ConvolutionOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "convolution"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.filters; }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  template <class Visit>
  void visit_windows(const Scratch& scratch, const Visit& visit) const;

  ConvolutionOptions options_;
  std::int64_t weight_ = -1;
  std::int64_t bias_ = -1;
};

}  // namespace amortflow
