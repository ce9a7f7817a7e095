#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

constexpr double kClamp = 1.9;
const std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1},  {4, 3},  {9, 4},   {3, 16},
                                                         {5, 21}, {2, 50}, {100, 6}, {2, 300}};

double soft(double raw) { return 2 * kClamp / std::acos(-1.0) * std::atan(raw / kClamp); }

/// One coupling with tight rows that have neighbours, as a layer's halves have.
struct Coupling {
  Coupling(std::int64_t rows, std::int64_t cols)
      : raw(FloatRows::tight(rows, cols, 3).fill(1, 3)),
        shift(FloatRows::tight(rows, cols, 5).fill(2)),
        in(FloatRows::tight(rows, cols, 1).fill(3)),
        out(FloatRows::tight(rows, cols, 2)),
        factor(FloatRows::tight(rows, cols)),
        log_det(static_cast<std::size_t>(rows), 0.5F) {}

  void forward(const Kernels& k) {
    k.affine_forward(static_cast<float>(kClamp), raw.view(), shift.view(), in.view(), out.view(), factor.view(),
                     log_det.data());
  }

  FloatRows raw, shift, in, out, factor;
  std::vector<float> log_det;
};

}  // namespace

CATCH_TEST_CASE("affine coupling equals its formula") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      CATCH_INFO(rows << " x " << cols);
      Coupling c(rows, cols);
      c.forward(k);
      CATCH_CHECK(relative_error(c.out, [&](auto i, auto j) {
                    return c.in(i, j) * std::exp(soft(c.raw(i, j))) + c.shift(i, j);
                  }) < 1e-6);
      CATCH_CHECK(relative_error(c.factor, [&](auto i, auto j) { return std::exp(soft(c.raw(i, j))); }) < 1e-6);
      for (std::int64_t i = 0; i < rows; ++i) {
        double truth = 0.5;
        for (std::int64_t j = 0; j < cols; ++j) truth += soft(c.raw(i, j));
        CATCH_CHECK(std::abs(static_cast<double>(c.log_det[static_cast<std::size_t>(i)]) - truth) <
                    1e-6 * static_cast<double>(cols) * kClamp + 1e-6);
      }
      CATCH_CHECK((c.out.intact() && c.factor.intact()));
    }
  });
}

CATCH_TEST_CASE("affine coupling without what only training needs gives the same") {
  on_each_instruction_set([](const Kernels& k) {
    Coupling c(6, 5);
    c.forward(k);
    auto in_place = c.in;
    k.affine_forward(static_cast<float>(kClamp), c.raw.view(), c.shift.view(), in_place.view(), in_place.view(), {},
                     nullptr);
    CATCH_CHECK(relative_error(in_place, [&](auto i, auto j) { return c.out(i, j); }) == 0);
    CATCH_CHECK(in_place.intact());
  });
}

CATCH_TEST_CASE("affine coupling goes back and forth, also at the ends of its clamp") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      Coupling c(rows, cols);
      c.raw.at(0, 0) = 1e6F;
      c.raw.at(rows - 1, cols - 1) = -1e6F;
      c.forward(k);
      auto back = c.out;
      k.affine_inverse(static_cast<float>(kClamp), c.raw.view(), c.shift.view(), back.view(), back.view(),
                       c.log_det.data());
      CATCH_CHECK(relative_error(back, [&](auto i, auto j) { return c.in(i, j); }) < kTolerance);
      CATCH_CHECK(back.intact());
      for (const float log_det : c.log_det) CATCH_CHECK(std::abs(log_det - 0.5F) < 1e-4F);
    }
  });
}

CATCH_TEST_CASE("gradients of affine coupling equal finite differences") {
  // Loss: sum of g out + sum of l log_det, in double.
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      CATCH_INFO(rows << " x " << cols);
      Coupling c(rows, cols);
      c.forward(k);
      const auto g = FloatRows::tight(rows, cols, 4).fill(7);
      const auto l = FloatRows::tight(1, rows).fill(8);
      auto gradient = g;
      auto by_raw = FloatRows::tight(rows, cols, 3);
      auto by_shift = FloatRows::tight(rows, cols);
      k.affine_backward(static_cast<float>(kClamp), c.raw.view(), c.in.view(), c.factor.view(), l.view().data,
                        gradient.view(), by_raw.view(), by_shift.view());
      CATCH_CHECK(relative_error(by_raw, [&](auto i, auto j) {
                    return slope_of(
                        [&](double raw) { return g(i, j) * c.in(i, j) * std::exp(soft(raw)) + l(0, i) * soft(raw); },
                        c.raw(i, j));
                  }) < kTolerance);
      CATCH_CHECK(relative_error(by_shift, [&](auto i, auto j) { return g(i, j); }) == 0);
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) { return g(i, j) * std::exp(soft(c.raw(i, j))); }) <
                  kTolerance);
      CATCH_CHECK((gradient.intact() && by_raw.intact() && by_shift.intact()));
      gradient = g;
      k.affine_backward(static_cast<float>(kClamp), c.raw.view(), c.in.view(), c.factor.view(), nullptr,
                        gradient.view(), by_raw.view(), by_shift.view());
      CATCH_CHECK(relative_error(by_raw, [&](auto i, auto j) {
                    return slope_of([&](double raw) { return g(i, j) * c.in(i, j) * std::exp(soft(raw)); },
                                    c.raw(i, j));
                  }) < kTolerance);
    }
  });
}
