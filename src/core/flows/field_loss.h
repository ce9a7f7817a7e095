#pragma once

#include "flows/field_network.h"

namespace amortflow {

/// The loss of flow matching and of diffusion models, [rows, 1]: mean over variables of (F(z, t) - dz/dt)^2 for x mixed
/// with noise along a path. `pass.noise` [rows, 1 + dimension] has the time of a row and its standard normal noise. On
/// the angular path this is the loss of Karras et al. (2022) for data of variance 1, whose weights make all noise
/// levels alike, and that of v-prediction (Salimans and Ho 2022): the two differ in the times that are drawn.
class FieldLoss final : public Layer {
 public:
  FieldLoss(NoisePath path, const FieldNetworkOptions& options)
      : path_(path), dimension_(options.dimension), field_(options) {}

  [[nodiscard]] std::string name() const override { return "field_loss"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override { field_.declare(layout, prefix); }
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  [[nodiscard]] const FieldNetwork& field() const { return field_; }
  [[nodiscard]] NoisePath path() const { return path_; }

 private:
  NoisePath path_;
  std::int64_t dimension_;
  FieldNetwork field_;
};

}  // namespace amortflow
