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
      : h(FloatRows::tight(rows, width, 2).fill(1)),
        x(FloatRows::tight(rows, 3 * width, 1).fill(2)),
        s(FloatRows::tight(rows, 3 * width, 3).fill(3)),
        b(FloatRows::tight(1, 3 * width).fill(4)),
        c(FloatRows::tight(1, 3 * width).fill(5)) {}

  FloatRows h;
  FloatRows x;
  FloatRows s;
  FloatRows b;
  FloatRows c;
};

/// The numbers of one unit; `x`, `s` are its three pre-activations without biases.
struct Unit {
  Unit(const Step& step, std::int64_t i, std::int64_t j) : h(step.h(i, j)) {
    for (std::int64_t gate = 0; gate < 3; ++gate) {
      x.push_back(step.x(i, gate * step.h.cols() + j) + step.b(0, gate * step.h.cols() + j));
      s.push_back(step.s(i, gate * step.h.cols() + j) + step.c(0, gate * step.h.cols() + j));
    }
  }
  [[nodiscard]] double r() const { return sigmoid(x[0] + s[0]); }
  [[nodiscard]] double u() const { return sigmoid(x[1] + s[1]); }
  [[nodiscard]] double n() const { return std::tanh(x[2] + r() * s[2]); }
  [[nodiscard]] double gate(std::int64_t which) const { return which == 0 ? r() : which == 1 ? u() : n(); }
  [[nodiscard]] double out() const { return (1 - u()) * n() + u() * h; }

  double h;
  std::vector<double> x;
  std::vector<double> s;
};

/// d out / d (x or s of gate `which`) by finite differences.
double slope(Unit unit, std::vector<double> Unit::*part, std::int64_t which) {
  const auto at = static_cast<std::size_t>(which);
  return slope_of(
      [&](double value) {
        (unit.*part)[at] = value;
        return unit.out();
      },
      (unit.*part)[at]);
}

}  // namespace

CATCH_TEST_CASE("a step of gated recurrent units equals its formula") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, width] : kShapes) {
      CATCH_INFO(rows << " x " << width);
      const Step step(rows, width);
      auto gates = step.x;
      auto product = step.s;
      auto out = FloatRows::tight(rows, width, 4);
      k.gru_forward(step.h.view(), step.b.view().data, step.c.view().data, gates.view(), product.view(), out.view());
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return Unit(step, i, j).out(); }) < 1e-6);
      CATCH_CHECK(relative_error(gates, [&, w = width](auto i, auto j) { return Unit(step, i, j % w).gate(j / w); }) <
                  1e-6);
      CATCH_CHECK(relative_error(product, [&, w = width](auto i, auto j) {
                    return j < 2 * w ? step.s(i, j) : Unit(step, i, j % w).s[2];
                  }) < 1e-6);
      CATCH_CHECK((out.intact() && gates.intact() && product.intact()));

      auto gates_again = step.x;
      auto product_again = step.s;
      auto in_place = step.h;
      k.gru_forward(in_place.view(), step.b.view().data, step.c.view().data, gates_again.view(), product_again.view(),
                    in_place.view());
      CATCH_CHECK(relative_error(in_place, [&](auto i, auto j) { return out(i, j); }) == 0);
    }
  });
}

CATCH_TEST_CASE("gradients of gated recurrent units equal finite differences") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, width] : kShapes) {
      CATCH_INFO(rows << " x " << width);
      const Step step(rows, width);
      auto gates = step.x;
      auto product = step.s;
      auto out = FloatRows::tight(rows, width);
      k.gru_forward(step.h.view(), step.b.view().data, step.c.view().data, gates.view(), product.view(), out.view());
      const auto g = FloatRows::tight(rows, width, 1).fill(6);
      auto gradient = g;
      k.gru_backward(step.h.view(), gates.view(), product.view(), gradient.view());
      CATCH_CHECK(relative_error(gates, [&, w = width](auto i, auto j) {
                    return g(i, j % w) * slope(Unit(step, i, j % w), &Unit::x, j / w);
                  }) < kTolerance);
      CATCH_CHECK(relative_error(product, [&, w = width](auto i, auto j) {
                    return g(i, j % w) * slope(Unit(step, i, j % w), &Unit::s, j / w);
                  }) < kTolerance);
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) { return g(i, j) * Unit(step, i, j).u(); }) <
                  kTolerance);
      CATCH_CHECK((gradient.intact() && gates.intact() && product.intact()));
    }
  });
}
