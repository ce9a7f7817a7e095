#pragma once

#include <memory>

#include "flows/variable_transform.h"
#include "nets/activation.h"
#include "nets/network.h"

namespace amortflow {

struct CouplingOptions {
  std::int64_t dimension = 0;     ///< variables
  std::int64_t target_begin = 0;  ///< variables [begin, end) are transformed, the others decide how
  std::int64_t target_end = 0;
  std::int64_t condition_width = 0;
  std::int64_t width = 128;  ///< of the hidden layers
  std::int64_t depth = 2;    ///< hidden layers
  Activation activation = Activation::kSilu;
};

/// Half of a dual coupling (Dinh, Sohl-Dickstein and Bengio 2017): the target variables go through a transform whose
/// raw numbers come from a dense network of the other variables and the condition. log|det| is the transform's.
class Coupling final : public InvertibleLayer {
 public:
  Coupling(const CouplingOptions& options, std::shared_ptr<const VariableTransform> transform);

  [[nodiscard]] std::string name() const override { return transform_->name() + "_coupling"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.dimension; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const override;

 private:
  [[nodiscard]] std::int64_t target_width() const { return options_.target_end - options_.target_begin; }
  [[nodiscard]] Rows targets(const Panel& all) const { return all.columns(options_.target_begin, target_width()); }
  /// Output of the subnetwork for the other variables of `values`.
  [[nodiscard]] Panel raw_numbers(const Pass& pass, const Panel& values, Scratch& scratch) const;
  void copy_others(const Panel& from, const Panel& to) const;
  /// Of `reference()`: the state of the target variables alone; their raw numbers; all variables again.
  [[nodiscard]] LayerState targets(const LayerState& state) const;
  [[nodiscard]] at::Tensor raw_numbers(const LayerState& state, const ParameterViews& parameters) const;
  [[nodiscard]] LayerState joined(LayerState state, const LayerState& targets) const;

  CouplingOptions options_;
  std::shared_ptr<const VariableTransform> transform_;
  Network subnetwork_;
};

}  // namespace amortflow
