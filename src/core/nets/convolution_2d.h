#pragma once

#include "nets/activation.h"
#include "nets/layer.h"

namespace amortflow {

struct Convolution2dOptions {
  std::int64_t height = 1;  ///< every data set is height x width rows, the places of a grid row by row
  std::int64_t width = 1;
  std::int64_t input_width = 0;  ///< channels
  std::int64_t filters = 32;
  std::int64_t kernel_size = 3;
  std::int64_t stride = 1;
  Activation activation = Activation::kSilu;
  bool starts_at_zero = false;
};

/// Two-dimensional convolution over the grid of each data set, zeros beyond its edges ("same" padding), at every
/// `stride`-th place in both directions: [data sets * height * width, input] -> [data sets * ceil(height / stride) *
/// ceil(width / stride), filters]. Weight: [kernel_size^2 * input, filters], places of the window row by row. Starts
/// with sd sqrt(2 / fan-in) (He et al. 2015) or at zero. Windows are laid out for a few data sets at a time, so that
/// memory does not grow with the batch by more than the output does.
class Convolution2d final : public Layer {
 public:
  explicit Convolution2d(Convolution2dOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "convolution_2d"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.filters; }
  /// Throws ShapeError where a data set has not height * width rows.
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override;
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  [[nodiscard]] std::int64_t output_height() const { return (options_.height + options_.stride - 1) / options_.stride; }
  [[nodiscard]] std::int64_t output_columns() const { return (options_.width + options_.stride - 1) / options_.stride; }

 private:
  [[nodiscard]] std::int64_t places() const { return options_.height * options_.width; }
  [[nodiscard]] std::int64_t output_places() const { return output_height() * output_columns(); }
  [[nodiscard]] std::int64_t data_sets_at_once() const;
  template <class Visit>
  void visit_windows(const Visit& visit) const;
  void gather(const Panel& input, std::int64_t begin, const Panel& windows) const;
  void scatter(const Panel& windows_gradient, std::int64_t begin, const Panel& in_gradient) const;

  Convolution2dOptions options_;
  std::int64_t weight_ = -1;
  std::int64_t bias_ = -1;
};

}  // namespace amortflow
