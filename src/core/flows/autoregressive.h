#pragma once

#include <memory>
#include <vector>

#include "flows/variable_transform.h"
#include "nets/masked_dense.h"
#include "nets/network.h"

namespace amortflow {

struct AutoregressiveOptions {
  std::int64_t dimension = 0;  ///< variables
  std::int64_t condition_width = 0;
  std::int64_t width = 128;  ///< of the hidden layers, whose units the variables share; at least one for each is made
  std::int64_t depth = 2;    ///< hidden layers, residual from the second on
  Activation activation = Activation::kSilu;
};

/// One layer of a masked autoregressive flow (Papamakarios, Pavlakou and Murray 2017): variable i goes through a
/// transform whose raw numbers a masked network computes from variables 1, ..., i - 1 and the condition. All variables
/// go forth at once; back, one after the other, each step computing only those units that the last variable brings, so
/// that the whole way back costs about one way forth. log|det| is the transform's.
class Autoregressive final : public InvertibleLayer {
 public:
  Autoregressive(const AutoregressiveOptions& options, std::shared_ptr<const VariableTransform> transform);

  [[nodiscard]] std::string name() const override { return transform_->name() + "_autoregressive"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return options_.dimension; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;
  [[nodiscard]] LayerState inverse(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;
  void invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const override;

 private:
  void add(const DenseOptions& dense,
           const std::vector<std::int64_t>& input_degrees,
           const std::vector<std::int64_t>& output_degrees);
  /// The columns of `raw` that are variable i's, as the transform takes them for one variable.
  [[nodiscard]] Panel numbers_of(std::int64_t i, const Panel& raw, Scratch& scratch) const;

  AutoregressiveOptions options_;
  std::shared_ptr<const VariableTransform> transform_;
  Network subnetwork_;
  std::vector<const MaskedDense*> layers_;  // the subnetwork's
};

}  // namespace amortflow
