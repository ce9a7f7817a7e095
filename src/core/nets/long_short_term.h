#pragma once

#include "nets/recurrent.h"

namespace amortflow {

/// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000) along the
/// positions of each data set; gives the last state of each direction: [rows, input] -> [data sets, directions *
/// hidden]. With a = x W + h U + b in columns i, f, o, g: c' = sigmoid(f + 1) c + sigmoid(i) tanh(g),
/// h' = sigmoid(o) tanh(c'). The 1 keeps the memory open at the start (Jozefowicz et al. 2015).
class LongShortTerm final : public Layer {
 public:
  explicit LongShortTerm(RecurrentOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "long_short_term"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return directions() * options_.hidden_width; }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), 1);
    return own;
  }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  struct Direction {
    std::int64_t input_weight = -1;
    std::int64_t state_weight = -1;
    std::int64_t bias = -1;
  };
  struct Panels;

  [[nodiscard]] std::int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  [[nodiscard]] at::Tensor last_state(const LayerState& state,
                                      const ParameterViews& parameters,
                                      const Direction& direction,
                                      bool backwards) const;
  void run_steps(const Pass& pass, const Direction& direction, const RecurrentSteps& steps, const Panels& own) const;
  void run_steps_back(const Pass& pass,
                      const Direction& direction,
                      const RecurrentSteps& steps,
                      const Panels& own) const;
  void add_parameter_gradients(const Pass& pass,
                               const Direction& direction,
                               const RecurrentSteps& steps,
                               const Panels& own) const;

  RecurrentOptions options_;
  std::vector<Direction> directions_;
};

}  // namespace amortflow
