#include <limits>
#include <utility>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

constexpr Activation kAll[] = {Activation::kIdentity, Activation::kRelu, Activation::kSilu,
                               Activation::kTanh,     Activation::kElu,  Activation::kGelu};
const std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1}, {1, 16}, {7, 3}, {5, 17}, {33, 64}, {3, 100}};

double plain(Activation f, double x) {
  switch (f) {
    case Activation::kRelu: return x > 0 ? x : 0;
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kTanh: return std::tanh(x);
    case Activation::kElu: return x > 0 ? x : std::expm1(x);
    case Activation::kGelu: return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
    default: return x;
  }
}

}  // namespace

CATCH_TEST_CASE("activations and their slopes equal those in double") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto f : kAll) {
      for (const auto& [rows, cols] : kShapes) {
        CATCH_INFO("activation " << static_cast<int>(f) << ", " << rows << " x " << cols);
        const auto in = FloatRows::padded(rows, cols).fill(1, 2);
        auto bias = FloatRows::padded(1, cols).fill(2);
        auto out = FloatRows::padded(rows, cols);
        auto slope = FloatRows::padded(rows, cols);
        k.activate(f, in.view(), bias.data(), out.view(), slope.view());
        CATCH_CHECK(out.intact());
        const auto x = [&](auto i, auto j) { return static_cast<double>(static_cast<float>(in(i, j) + bias(0, j))); };
        CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return plain(f, x(i, j)); }) < 1e-6);
        CATCH_CHECK(relative_error(slope, [&](auto i, auto j) {
                      return slope_of([&](double at) { return plain(f, at); }, x(i, j));
                    }) < kTolerance);
      }
    }
  });
}

CATCH_TEST_CASE("activations work in place, without bias and without slope") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto f : kAll) {
      const auto in = FloatRows::padded(5, 20).fill(3);
      auto out = FloatRows::padded(5, 20);
      auto slope = FloatRows::padded(5, 20);
      k.activate(f, in.view(), nullptr, out.view(), slope.view());
      auto in_place = in;
      k.activate(f, in_place.view(), nullptr, in_place.view(), {});
      CATCH_CHECK(in_place == out);
      auto slope_in_place = in;
      k.activate(f, slope_in_place.view(), nullptr, in_place.view(), slope_in_place.view());
      CATCH_CHECK(slope_in_place == slope);
    }
  });
}

CATCH_TEST_CASE("activations are accurate for small, large and extreme inputs") {
  const double inputs[] = {0,  1e-30, 1e-7, -1e-7, 1e-3, -1e-3, 0.3, -0.3, 0.6249, 0.6251, -0.6251, 1,
                           -1, 3,     -3,   8,     -8,   20,    -20, 80,   -80,    1000,   -1000};
  on_each_instruction_set([&](const Kernels& k) {
    for (const auto f : kAll) {
      for (const double x : inputs) {
        CATCH_INFO("activation " << static_cast<int>(f) << " at " << x);
        auto in = FloatRows::padded(1, 1);
        in.at(0, 0) = static_cast<float>(x);
        auto out = FloatRows::padded(1, 1);
        k.activate(f, in.view(), nullptr, out.view(), {});
        const double truth = plain(f, in(0, 0));
        // gelu's tail is good to 2e-7 of x, not of its vanishing value
        const double allowed = f == Activation::kGelu ? 3e-7 * std::abs(x) : 1e-6 * std::abs(truth) + 1e-35;
        CATCH_CHECK(std::abs(out(0, 0) - truth) <= allowed);
      }
    }
  });
}

CATCH_TEST_CASE("numbers that are not finite do not become finite on their way") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto f : kAll) {
      auto in = FloatRows::padded(1, 3);
      in.at(0, 0) = std::numeric_limits<float>::quiet_NaN();
      in.at(0, 1) = 1;
      auto out = FloatRows::padded(1, 3);
      k.activate(f, in.view(), nullptr, out.view(), {});
      CATCH_CHECK(std::isnan(out(0, 0)));
      CATCH_CHECK(std::isfinite(out(0, 1)));
    }
  });
}

CATCH_TEST_CASE("the way back multiplies by slopes and adds up columns") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      const auto slope = FloatRows::padded(rows, cols).fill(4);
      const auto before = FloatRows::padded(rows, cols).fill(5);
      const auto sums_before = FloatRows::padded(1, cols).fill(6);
      auto gradient = before;
      auto sums = sums_before;
      k.activate_backward(slope.view(), gradient.view(), sums.data());
      const auto expected = [&](auto i, auto j) { return before(i, j) * slope(i, j); };
      CATCH_CHECK(relative_error(gradient, expected) < kTolerance);
      CATCH_CHECK(relative_error(sums, [&](auto, auto j) {
                    double sum = sums_before(0, j);
                    for (std::int64_t i = 0; i < slope.rows(); ++i) sum += expected(i, j);
                    return sum;
                  }) < kTolerance);
      CATCH_CHECK(gradient.intact());
      CATCH_CHECK(sums.intact());
      auto again = before;
      k.activate_backward(slope.view(), again.view(), nullptr);
      CATCH_CHECK(again == gradient);
    }
  });
}

CATCH_TEST_CASE("biases are added to rows, and column sums undo it") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      auto bias = FloatRows::padded(1, cols).fill(7);
      const auto before = FloatRows::padded(rows, cols).fill(8);
      auto shifted = before;
      k.add_bias(bias.data(), shifted.view());
      CATCH_CHECK(relative_error(shifted, [&](auto i, auto j) { return before(i, j) + bias(0, j); }) < kTolerance);
      CATCH_CHECK(shifted.intact());
      auto sums = FloatRows::padded(1, cols);
      k.add_column_sums(shifted.view(), sums.data());
      k.add_column_sums(shifted.view(), sums.data());
      CATCH_CHECK(relative_error(sums, [&](auto, auto j) {
                    double sum = 0;
                    for (std::int64_t i = 0; i < shifted.rows(); ++i) sum += 2 * shifted(i, j);
                    return sum;
                  }) < kTolerance);
    }
  });
}
