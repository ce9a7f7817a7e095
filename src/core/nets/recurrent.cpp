#include "nets/recurrent.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

// Of a direction's scratch. Rows of the first four are in the order of steps, those of kState in the order of data sets
// by length: last states on the way forth, gradients of states on the way back.
enum Slot : std::size_t { kInput, kGates, kProduct, kPrevious, kState, kInputGradient };
// Of the layer's scratch.
enum IndexSlot : std::size_t { kOrder, kStarts };

/// Rows [begin, end) of a panel.
Panel rows_of(const Panel& panel, std::int64_t begin, std::int64_t end) {
  return {panel.values + begin * panel.stride, end - begin, panel.cols, panel.stride};
}

void zero_rows(const Panel& panel) { std::fill_n(panel.values, panel.rows * panel.stride, 0.0F); }

}  // namespace

/// Which data sets run at which step. Nothing is allocated once the scratch has seen a batch as large.
struct Recurrent::Steps {
  Steps(const Segments& of, Scratch& scratch)
      : segments(of), order(scratch.indices(kOrder)), starts(scratch.indices(kStarts)) {}

  void plan();
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(starts.size()) - 1; }
  /// First row of a step in the order of steps.
  [[nodiscard]] std::int64_t begin(std::int64_t step) const { return starts[static_cast<std::size_t>(step)]; }
  [[nodiscard]] std::int64_t running(std::int64_t step) const {
    return step < count() ? begin(step + 1) - begin(step) : 0;
  }
  [[nodiscard]] Panel rows(const Panel& panel, std::int64_t step) const {
    return rows_of(panel, begin(step), begin(step + 1));
  }
  /// visit(row in the order of steps, row of the layer's input) for a direction.
  template <class Visit>
  void visit_rows(bool backwards, const Visit& visit) const;

  const Segments& segments;
  std::vector<std::int64_t>& order;   // data sets, the longest first
  std::vector<std::int64_t>& starts;  // of each step, and the number of rows
};

void Recurrent::Steps::plan() {
  std::int64_t alive = segments.count();
  order.resize(static_cast<std::size_t>(alive));
  std::iota(order.begin(), order.end(), 0);
  if (segments.common_length() < 0) {
    std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return segments.length(a) != segments.length(b) ? segments.length(a) > segments.length(b) : a < b;
    });
  }
  starts.assign(1, 0);
  for (std::int64_t step = 0;; ++step) {
    while (alive > 0 && segments.length(order[static_cast<std::size_t>(alive - 1)]) <= step) --alive;
    if (alive == 0) return;
    starts.push_back(starts.back() + alive);
  }
}

template <class Visit>
void Recurrent::Steps::visit_rows(bool backwards, const Visit& visit) const {
  for (std::int64_t step = 0; step < count(); ++step) {
    for (std::int64_t k = 0; k < running(step); ++k) {
      const std::int64_t data_set = order[static_cast<std::size_t>(k)];
      const std::int64_t position = backwards ? segments.length(data_set) - 1 - step : step;
      visit(begin(step) + k, segments.offsets[static_cast<std::size_t>(data_set)] + position);
    }
  }
}

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

void Recurrent::run_steps(const Pass& pass, const Direction& direction, const Steps& steps, Scratch& own) const {
  const Kernels& k = kernels();
  const std::int64_t rows = own.input.rows;
  const std::int64_t width = options_.hidden_width;
  const Panel gates = own.panel(kGates, rows, 3 * width);
  const Panel product = own.panel(kProduct, rows, 3 * width);
  const Panel previous = own.panel(kPrevious, rows, width);
  const Panel state = own.panel(kState, steps.segments.count(), width);
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
  const Kernels& k = kernels();
  Steps steps(*scratch.segments, scratch);
  steps.plan();
  const std::int64_t width = options_.hidden_width;
  for (std::int64_t i = 0; i < directions(); ++i) {
    Scratch& own = scratch.child(static_cast<std::size_t>(i));
    own.input = own.panel(kInput, scratch.input.rows, scratch.input.cols);
    steps.visit_rows(i == 1, [&](std::int64_t to, std::int64_t from) {
      std::copy_n(scratch.input.values + from * scratch.input.stride, own.input.cols,
                  own.input.values + to * own.input.stride);
    });
    run_steps(pass, directions_[static_cast<std::size_t>(i)], steps, own);
    const Panel state = own.panel(kState, out.rows, width);
    for (std::int64_t row = 0; row < out.rows; ++row) {
      const std::int64_t data_set = steps.order[static_cast<std::size_t>(row)];
      k.copy(rows_of(state, row, row + 1).view(), rows_of(out, data_set, data_set + 1).columns(i * width, width),
             false);
    }
  }
}

/// From gradients of last states in kState; leaves the gradients of gates and products in their places.
void Recurrent::run_steps_back(const Pass& pass, const Direction& direction, const Steps& steps, Scratch& own) const {
  const Kernels& k = kernels();
  const std::int64_t rows = own.input.rows;
  const std::int64_t width = options_.hidden_width;
  const Panel gates = own.panel(kGates, rows, 3 * width);
  const Panel product = own.panel(kProduct, rows, 3 * width);
  const Panel previous = own.panel(kPrevious, rows, width);
  const Panel state = own.panel(kState, steps.segments.count(), width);
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
                                        const Steps& steps,
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
  const Kernels& k = kernels();
  const Steps steps(*scratch.segments, scratch);
  const std::int64_t width = options_.hidden_width;
  for (std::int64_t i = 0; i < directions(); ++i) {
    const Direction& direction = directions_[static_cast<std::size_t>(i)];
    Scratch& own = scratch.child(static_cast<std::size_t>(i));
    const Panel state = own.panel(kState, out_gradient.rows, width);
    for (std::int64_t row = 0; row < state.rows; ++row) {
      const std::int64_t data_set = steps.order[static_cast<std::size_t>(row)];
      k.copy(rows_of(out_gradient, data_set, data_set + 1).columns(i * width, width),
             rows_of(state, row, row + 1).view(), false);
    }
    run_steps_back(pass, direction, steps, own);
    add_parameter_gradients(pass, direction, steps, own);
    if (in_gradient.values == nullptr) continue;
    const Panel gradient = own.panel(kInputGradient, own.input.rows, own.input.cols);
    k.multiply(own.panel(kGates, own.input.rows, 3 * width).view(), pass.mirror(direction.input_weight),
               gradient.view(), false);
    steps.visit_rows(i == 1, [&](std::int64_t from, std::int64_t to) {
      k.copy(rows_of(gradient, from, from + 1).view(), rows_of(in_gradient, to, to + 1).view(), i == 1);
    });
  }
}

}  // namespace amortflow
