#include "nets/recurrent.h"

#include <cmath>

#include "kernels/dispatch.h"
#include "nets/recurrent_steps.h"

namespace amortflow {

namespace {

// Of a direction's scratch. Rows of the first four are in the order of steps, those of kState in the order of data sets
// by length: last states on the way forth, gradients of states on the way back.
enum Slot : std::size_t { kInput, kGates, kProduct, kPrevious, kState, kInputGradient };

}  // namespace

void Recurrent::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t gates = 3 * options_.hidden_width;
  const double sd = std::sqrt(1.0 / static_cast<double>(options_.input_width));
  directions_.clear();
  for (std::int64_t i = 0; i < directions(); ++i) {
    const std::string side = prefix + (i == 0 ? ".forwards" : ".backwards");
    Direction direction;
    direction.input_weight =
        layout.add(side + ".input_weight", options_.input_width, gates, {Initializer::Kind::kNormal, sd}, true);
    direction.input_bias = layout.add(side + ".input_bias", 1, gates, {}, false);
    direction.state_weight =
        layout.add(side + ".state_weight", options_.hidden_width, gates, {Initializer::Kind::kOrthogonal, 1.0}, true);
    direction.state_bias = layout.add(side + ".state_bias", 1, gates, {}, false);
    directions_.push_back(direction);
  }
}

void Recurrent::run_steps(const Pass& pass,
                          const Direction& direction,
                          const RecurrentSteps& steps,
                          Scratch& own) const {
  const Kernels& k = kernels();
  const std::int64_t rows = own.input.rows;
  const std::int64_t width = options_.hidden_width;
  const Panel gates = own.panel(kGates, rows, 3 * width);
  const Panel product = own.panel(kProduct, rows, 3 * width);
  const Panel previous = own.panel(kPrevious, rows, width);
  const Panel state = own.panel(kState, steps.data_sets(), width);
  zero_rows(rows_of(product, 0, steps.running(0)));
  zero_rows(rows_of(previous, 0, steps.running(0)));
  zero_rows(rows_of(state, steps.running(0), state.rows));
  k.multiply(own.input.view(), pass.weight(direction.input_weight), gates.view(), false);
  const auto advance = [&](std::int64_t from, std::int64_t to, const Panel& out) {
    if (from == to) return;
    k.gru_forward(rows_of(previous, from, to).view(), pass.weight(direction.input_bias).data,
                  pass.weight(direction.state_bias).data, rows_of(gates, from, to).view(),
                  rows_of(product, from, to).view(), out.view());
  };
  for (std::int64_t step = 0; step < steps.count(); ++step) {
    if (step > 0) {
      k.multiply(steps.rows(previous, step).view(), pass.weight(direction.state_weight),
                 steps.rows(product, step).view(), false);
    }
    // Data sets that go on leave their state to the next step, the others have their last.
    const std::int64_t end = steps.begin(step + 1);
    const std::int64_t going_on = steps.running(step + 1);
    const std::int64_t last = steps.begin(step) + going_on;
    advance(steps.begin(step), last, rows_of(previous, end, end + going_on));
    advance(last, end, rows_of(state, going_on, steps.running(step)));
  }
}

void Recurrent::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  RecurrentSteps steps(*scratch.segments, scratch);
  steps.plan();
  for (std::int64_t i = 0; i < directions(); ++i) {
    Scratch& own = scratch.child(static_cast<std::size_t>(i));
    own.input = own.panel(kInput, scratch.input.rows, scratch.input.cols);
    steps.gather(i == 1, scratch.input, own.input);
    run_steps(pass, directions_[static_cast<std::size_t>(i)], steps, own);
    steps.to_data_sets(own.panel(kState, out.rows, options_.hidden_width), out, i * options_.hidden_width);
  }
}

/// From gradients of last states in kState; leaves the gradients of gates and products in their places.
void Recurrent::run_steps_back(const Pass& pass,
                               const Direction& direction,
                               const RecurrentSteps& steps,
                               Scratch& own) const {
  const Kernels& k = kernels();
  const std::int64_t rows = own.input.rows;
  const std::int64_t width = options_.hidden_width;
  const Panel gates = own.panel(kGates, rows, 3 * width);
  const Panel product = own.panel(kProduct, rows, 3 * width);
  const Panel previous = own.panel(kPrevious, rows, width);
  const Panel state = own.panel(kState, steps.data_sets(), width);
  const ConstRows mirror = pass.mirror(direction.state_weight);
  for (std::int64_t step = steps.count(); step-- > 0;) {
    const Rows gradient = rows_of(state, 0, steps.running(step)).view();
    k.gru_backward(steps.rows(previous, step).view(), steps.rows(gates, step).view(), steps.rows(product, step).view(),
                   gradient);
    if (step > 0) k.multiply(steps.rows(product, step).view(), mirror, gradient, true);
  }
}

void Recurrent::add_parameter_gradients(const Pass& pass,
                                        const Direction& direction,
                                        const RecurrentSteps& steps,
                                        Scratch& own) const {
  const Kernels& k = kernels();
  const std::int64_t rows = own.input.rows;
  const Panel gates = own.panel(kGates, rows, 3 * options_.hidden_width);
  const Panel product = own.panel(kProduct, rows, 3 * options_.hidden_width);
  k.multiply_transposed(own.input.view(), gates.view(), pass.weight_gradient(direction.input_weight), true);
  k.add_column_sums(gates.view(), pass.weight_gradient(direction.input_bias).data);
  k.add_column_sums(product.view(), pass.weight_gradient(direction.state_bias).data);
  const std::int64_t second = steps.running(0);  // states before the first step are zero
  const Panel previous = rows_of(own.panel(kPrevious, rows, options_.hidden_width), second, rows);
  k.multiply_transposed(previous.view(), rows_of(product, second, rows).view(),
                        pass.weight_gradient(direction.state_weight), true);
}

void Recurrent::backward(const Pass& pass,
                         const Panel& out_gradient,
                         const Panel& in_gradient,
                         Scratch& scratch) const {
  const RecurrentSteps steps(*scratch.segments, scratch);
  const std::int64_t width = options_.hidden_width;
  for (std::int64_t i = 0; i < directions(); ++i) {
    const Direction& direction = directions_[static_cast<std::size_t>(i)];
    Scratch& own = scratch.child(static_cast<std::size_t>(i));
    steps.from_data_sets(out_gradient, i * width, own.panel(kState, out_gradient.rows, width));
    run_steps_back(pass, direction, steps, own);
    add_parameter_gradients(pass, direction, steps, own);
    if (in_gradient.values == nullptr) continue;
    const Panel gradient = own.panel(kInputGradient, own.input.rows, own.input.cols);
    kernels().multiply(own.panel(kGates, own.input.rows, 3 * width).view(), pass.mirror(direction.input_weight),
                       gradient.view(), false);
    steps.scatter(i == 1, gradient, in_gradient, i == 1);
  }
}

}  // namespace amortflow
