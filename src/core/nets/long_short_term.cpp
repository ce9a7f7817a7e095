#include "nets/long_short_term.h"

#include <cmath>

#include "kernels/dispatch.h"
#include "nets/recurrent_steps.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kInput, kGates, kPrevious, kCell, kState, kLastCell, kCellGradient, kInputGradient };

}  // namespace

/// Of one direction's scratch.
struct LongShortTerm::Panels {
  Panels(const RecurrentOptions& options, const RecurrentSteps& steps, std::int64_t rows, Scratch& scratch)
      : input(scratch.panel(kInput, rows, options.input_width)),
        gates(scratch.panel(kGates, rows, 4 * options.hidden_width)),
        previous(scratch.panel(kPrevious, rows, options.hidden_width)),
        cell(scratch.panel(kCell, rows, options.hidden_width)),
        state(scratch.panel(kState, steps.data_sets(), options.hidden_width)),
        last_cell(scratch.panel(kLastCell, steps.data_sets(), options.hidden_width)),
        cell_gradient(scratch.panel(kCellGradient, steps.data_sets(), options.hidden_width)) {}

  // In the order of steps; state and cell are those before a step.
  Panel input;
  Panel gates;
  Panel previous;
  Panel cell;
  // In the order of data sets by length; `state` is the last one forth, and the gradient of states back.
  Panel state;
  Panel last_cell;
  Panel cell_gradient;

  /// visit(first row, end, state after, cell after) for the data sets that go on after a step, then for the others.
  template <class Visit>
  void visit_parts(const RecurrentSteps& steps, std::int64_t step, const Visit& visit) const {
    const std::int64_t begin = steps.begin(step);
    const std::int64_t end = steps.begin(step + 1);
    const std::int64_t going_on = steps.running(step + 1);
    if (going_on > 0) {
      visit(begin, begin + going_on, rows_of(previous, end, end + going_on), rows_of(cell, end, end + going_on));
    }
    if (begin + going_on == end) return;
    visit(begin + going_on, end, rows_of(state, going_on, end - begin), rows_of(last_cell, going_on, end - begin));
  }
};

void LongShortTerm::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t gates = 4 * options_.hidden_width;
  const Initializer start = {Initializer::Kind::kNormal, std::sqrt(1.0 / static_cast<double>(options_.input_width))};
  directions_.clear();
  for (std::int64_t i = 0; i < directions(); ++i) {
    const std::string side = prefix + (i == 0 ? ".forwards" : ".backwards");
    Direction direction;
    direction.input_weight = layout.add(side + ".input_weight", options_.input_width, gates, start, true);
    direction.state_weight =
        layout.add(side + ".state_weight", options_.hidden_width, gates, {Initializer::Kind::kOrthogonal, 1.0}, true);
    direction.bias = layout.add(side + ".bias", 1, gates, {}, false);
    directions_.push_back(direction);
  }
}

void LongShortTerm::run_steps(const Pass& pass,
                              const Direction& direction,
                              const RecurrentSteps& steps,
                              const Panels& own) const {
  const Kernels& k = kernels();
  zero_rows(rows_of(own.previous, 0, steps.running(0)));
  zero_rows(rows_of(own.cell, 0, steps.running(0)));
  zero_rows(rows_of(own.state, steps.running(0), own.state.rows));
  k.multiply(own.input.view(), pass.weight(direction.input_weight), own.gates.view(), false);
  for (std::int64_t step = 0; step < steps.count(); ++step) {
    const Panel gates = steps.rows(own.gates, step);
    if (step > 0) {
      k.multiply(steps.rows(own.previous, step).view(), pass.weight(direction.state_weight), gates.view(), true);
    }
    own.visit_parts(steps, step, [&](auto from, auto to, const Panel& state, const Panel& cell) {
      k.lstm_forward(rows_of(own.cell, from, to).view(), pass.weight(direction.bias).data,
                     rows_of(own.gates, from, to).view(), cell.view(), state.view());
    });
  }
}

void LongShortTerm::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  RecurrentSteps steps(*scratch.segments, scratch);
  steps.plan();
  for (std::int64_t i = 0; i < directions(); ++i) {
    const Panels own(options_, steps, scratch.input.rows, scratch.child(static_cast<std::size_t>(i)));
    steps.gather(i == 1, scratch.input, own.input);
    run_steps(pass, directions_[static_cast<std::size_t>(i)], steps, own);
    steps.to_data_sets(own.state, out, i * options_.hidden_width);
  }
}

/// From gradients of last states in `state`; leaves the gradients of gates in their places.
void LongShortTerm::run_steps_back(const Pass& pass,
                                   const Direction& direction,
                                   const RecurrentSteps& steps,
                                   const Panels& own) const {
  const Kernels& k = kernels();
  zero_rows(own.cell_gradient);
  for (std::int64_t step = steps.count(); step-- > 0;) {
    const std::int64_t begin = steps.begin(step);
    own.visit_parts(steps, step, [&](auto from, auto to, const Panel&, const Panel& cell) {
      k.lstm_backward(rows_of(own.cell, from, to).view(), cell.view(), rows_of(own.gates, from, to).view(),
                      rows_of(own.state, from - begin, to - begin).view(),
                      rows_of(own.cell_gradient, from - begin, to - begin).view());
    });
    if (step == 0) return;
    k.multiply(steps.rows(own.gates, step).view(), pass.mirror(direction.state_weight),
               rows_of(own.state, 0, steps.running(step)).view(), false);
  }
}

void LongShortTerm::add_parameter_gradients(const Pass& pass,
                                            const Direction& direction,
                                            const RecurrentSteps& steps,
                                            const Panels& own) const {
  const Kernels& k = kernels();
  k.multiply_transposed(own.input.view(), own.gates.view(), pass.weight_gradient(direction.input_weight), true);
  k.add_column_sums(own.gates.view(), pass.weight_gradient(direction.bias).data);
  const std::int64_t second = steps.running(0);  // states before the first step are zero
  k.multiply_transposed(rows_of(own.previous, second, own.previous.rows).view(),
                        rows_of(own.gates, second, own.gates.rows).view(), pass.weight_gradient(direction.state_weight),
                        true);
}

void LongShortTerm::backward(const Pass& pass,
                             const Panel& out_gradient,
                             const Panel& in_gradient,
                             Scratch& scratch) const {
  const RecurrentSteps steps(*scratch.segments, scratch);
  for (std::int64_t i = 0; i < directions(); ++i) {
    const Direction& direction = directions_[static_cast<std::size_t>(i)];
    Scratch& side = scratch.child(static_cast<std::size_t>(i));
    const Panels own(options_, steps, scratch.input.rows, side);
    steps.from_data_sets(out_gradient, i * options_.hidden_width, own.state);
    run_steps_back(pass, direction, steps, own);
    add_parameter_gradients(pass, direction, steps, own);
    if (in_gradient.values == nullptr) continue;
    const Panel gradient = side.panel(kInputGradient, own.input.rows, own.input.cols);
    kernels().multiply(own.gates.view(), pass.mirror(direction.input_weight), gradient.view(), false);
    steps.scatter(i == 1, gradient, in_gradient, i == 1);
  }
}

}  // namespace amortflow
