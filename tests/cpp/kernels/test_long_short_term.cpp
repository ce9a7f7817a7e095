#include <utility>
#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

const std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1}, {5, 3}, {4, 16}, {3, 37}, {2, 64}};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// One step's inputs, all with columns that are not theirs beside them.
struct Step {
  Step(std::int64_t rows, std::int64_t width)
      : c(FloatRows::tight(rows, width, 2).fill(1)),
        x(FloatRows::tight(rows, 4 * width, 1).fill(2)),
        b(FloatRows::tight(1, 4 * width).fill(3)) {}

  FloatRows c;
  FloatRows x;
  FloatRows b;
};

/// The numbers of one unit; `x` are its four pre-activations, i, f, o, g.
struct Unit {
  Unit(const Step& step, std::int64_t i, std::int64_t j) : c(step.c(i, j)) {
    for (std::int64_t gate = 0; gate < 4; ++gate) {
      x.push_back(step.x(i, gate * step.c.cols() + j) + step.b(0, gate * step.c.cols() + j));
    }
  }
  [[nodiscard]] double gate(std::size_t which) const {
    return which == 3 ? std::tanh(x[3]) : sigmoid(x[which] + (which == 1 ? 1 : 0));
  }
  [[nodiscard]] double new_cell() const { return gate(1) * c + gate(0) * gate(3); }
  [[nodiscard]] double out() const { return gate(2) * std::tanh(new_cell()); }

  double c;
  std::vector<double> x;
};

}  // namespace

CATCH_TEST_CASE("a step of long short-term memory equals its formula") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, width] : kShapes) {
      CATCH_INFO(rows << " x " << width);
      const Step step(rows, width);
      auto gates = step.x;
      auto cell = FloatRows::tight(rows, width, 3);
      auto out = FloatRows::tight(rows, width, 4);
      k.lstm_forward(step.c.view(), step.b.view().data, gates.view(), cell.view(), out.view());
      CATCH_CHECK(relative_error(cell, [&](auto i, auto j) { return Unit(step, i, j).new_cell(); }) < 1e-6);
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return Unit(step, i, j).out(); }) < 1e-6);
      CATCH_CHECK(relative_error(gates, [&, w = width](auto i, auto j) {
                    return Unit(step, i, j % w).gate(static_cast<std::size_t>(j / w));
                  }) < 1e-6);
      CATCH_CHECK((out.intact() && gates.intact() && cell.intact()));
    }
  });
}

CATCH_TEST_CASE("gradients of long short-term memory equal finite differences") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, width] : kShapes) {
      CATCH_INFO(rows << " x " << width);
      const Step step(rows, width);
      auto gates = step.x;
      auto cell = FloatRows::tight(rows, width);
      auto out = FloatRows::tight(rows, width);
      k.lstm_forward(step.c.view(), step.b.view().data, gates.view(), cell.view(), out.view());
      const auto by_out = FloatRows::tight(rows, width, 1).fill(6);
      const auto by_cell = FloatRows::tight(rows, width, 1).fill(7);
      auto cell_gradient = by_cell;
      k.lstm_backward(step.c.view(), cell.view(), gates.view(), by_out.view(), cell_gradient.view());
      const auto loss = [&](const Unit& unit, std::int64_t i, std::int64_t j) {
        return by_out(i, j) * unit.out() + by_cell(i, j) * unit.new_cell();
      };
      CATCH_CHECK(relative_error(gates, [&, w = width](auto i, auto j) {
                    Unit unit(step, i, j % w);
                    double& x = unit.x[static_cast<std::size_t>(j / w)];
                    return slope_of(
                        [&](double value) {
                          x = value;
                          return loss(unit, i, j % w);
                        },
                        x);
                  }) < kTolerance);
      CATCH_CHECK(relative_error(cell_gradient, [&](auto i, auto j) {
                    Unit unit(step, i, j);
                    return slope_of(
                        [&](double value) {
                          unit.c = value;
                          return loss(unit, i, j);
                        },
                        unit.c);
                  }) < kTolerance);
      CATCH_CHECK((cell_gradient.intact() && gates.intact()));
    }
  });
}
