#pragma once

#include "nets/layer.h"

namespace amortflow {

/// Shape of one layer of time features.
struct TimeFeaturesOptions {
  std::int64_t input_width = 1;
  std::int64_t octaves = 4;
};

/// Smooth features of times in [0, 1] with fixed frequencies: for every column t of the input t itself, then sin and
/// cos of (pi / 2) 2^j t for each octave j (Fourier features, Tancik et al. 2020). A dense layer makes an embedding of
/// them.
class TimeFeatures final : public Layer {
 public:
  explicit TimeFeatures(TimeFeaturesOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "time_features"; }
  void declare(ParameterLayout&, const std::string&) override {}
  [[nodiscard]] std::int64_t output_width() const override { return options_.input_width * features(); }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  /// Features of one column.
  [[nodiscard]] std::int64_t features() const { return 1 + 2 * options_.octaves; }

  TimeFeaturesOptions options_;
};

}  // namespace amortflow
