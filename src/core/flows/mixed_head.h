#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "flows/inference_network.h"
#include "nets/activation.h"

namespace amortflow {

/// A variable that takes `levels` values, stored as whole numbers from 0 in column `column` of the targets.
struct CategoricalColumn {
  std::int64_t column = 0;
  std::int64_t levels = 2;
};

struct MixedHeadOptions {
  std::int64_t dimension = 0;  ///< variables, categorical ones among them
  std::int64_t condition_width = 0;
  std::vector<CategoricalColumn> categorical;
  std::int64_t width = 128;  ///< of the classifier's hidden layers
  std::int64_t depth = 2;
  Activation activation = Activation::kSilu;
};

/// -log q of each row, [rows, 1], for variables of which some are categorical: q(k | condition) q(y | k, condition).
/// The combination k of all categorical values is one class of a softmax; the density of the continuous variables y is
/// that of a network which has k, one-hot, behind its condition. With a network that has no density of its own its
/// loss takes the density's place.
class MixedHead final : public Layer {
 public:
  static constexpr std::int64_t kMostClasses = 4096;

  /// Makes the network of `dimension` > 0 continuous variables.
  using MakeContinuous = std::function<std::unique_ptr<InferenceNetwork>(std::int64_t dimension, std::int64_t width)>;

  MixedHead(const MixedHeadOptions& options, const MakeContinuous& make);

  [[nodiscard]] std::string name() const override { return "mixed_head"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  /// Classes have no gradient: `in_gradient` must be null.
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  /// The loss, or -log q where `density` is true, into `out` [rows, 1] for the targets `values`.
  void evaluate(const Pass& pass, const Panel& values, const Panel& out, bool density, Scratch& scratch) const;
  /// Draws, [rows, dimension], into `out`: `noise` holds a uniform number, which chooses the class, and the noise of
  /// the continuous network.
  void draw(const Pass& pass, const Panel& noise, const Panel& out, Scratch& scratch) const;

  /// Null if all variables are categorical.
  [[nodiscard]] const InferenceNetwork* continuous() const { return continuous_.get(); }

 private:
  [[nodiscard]] std::int64_t class_of(const float* row) const;
  [[nodiscard]] Panel class_scores(const Pass& pass, std::int64_t rows, Scratch& scratch) const;
  /// The condition with each row's class behind it, for the continuous network.
  [[nodiscard]] Pass given_classes(const Pass& pass, const std::vector<std::int64_t>& classes, Scratch& scratch) const;
  [[nodiscard]] Panel continuous_values(const Panel& values, Scratch& scratch) const;

  MixedHeadOptions options_;
  std::int64_t classes_ = 1;
  std::vector<std::int64_t> continuous_columns_;
  Network classifier_;
  std::unique_ptr<InferenceNetwork> continuous_;
};

}  // namespace amortflow
