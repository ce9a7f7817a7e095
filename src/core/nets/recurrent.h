#pragma once

#include "nets/layer.h"

namespace at {
class Tensor;
}

namespace amortflow {

class RecurrentSteps;  // nets/recurrent_steps.h

struct RecurrentOptions {
  std::int64_t input_width = 0;
  std::int64_t hidden_width = 64;  ///< per direction
  bool bidirectional = true;
};

/// Gated recurrent unit (Cho et al. 2014) along the positions of each data set; gives the last state of each direction:
/// [rows, input] -> [data sets, directions * hidden]. With r, u = sigmoid, n = tanh(x W + b + r (h U + c)):
/// h' = (1 - u) n + u h. The columns of W and U are r, u, n.
class Recurrent final : public Layer {
 public:
  explicit Recurrent(RecurrentOptions options) : options_(options) {}

  [[nodiscard]] std::string name() const override { return "recurrent"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return directions() * options_.hidden_width; }
  [[nodiscard]] const Segments& output_segments(const Segments& input, Segments& own) const override {
    own.assign_uniform(input.count(), 1);
    return own;
  }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  /// Data sets run side by side, the longest first, so that those still running are the first rows of every step.
  /// Rows are put in the order of steps: one product serves all inputs, one a step the states.
  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

 private:
  struct Direction {
    std::int64_t input_weight = -1;
    std::int64_t input_bias = -1;
    std::int64_t state_weight = -1;
    std::int64_t state_bias = -1;
  };
  [[nodiscard]] std::int64_t directions() const { return options_.bidirectional ? 2 : 1; }
  [[nodiscard]] at::Tensor last_state(const LayerState& state,
                                      const ParameterViews& parameters,
                                      const Direction& direction,
                                      bool backwards) const;
  /// Both work on the scratch of one direction, `own`, whose input is in the order of steps.
  void run_steps(const Pass& pass, const Direction& direction, const RecurrentSteps& steps, Scratch& own) const;
  void run_steps_back(const Pass& pass, const Direction& direction, const RecurrentSteps& steps, Scratch& own) const;
  void add_parameter_gradients(const Pass& pass,
                               const Direction& direction,
                               const RecurrentSteps& steps,
                               Scratch& own) const;

  RecurrentOptions options_;
  std::vector<Direction> directions_;
};

}  // namespace amortflow
