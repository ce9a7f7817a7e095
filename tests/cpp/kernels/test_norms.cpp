#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

constexpr double kEpsilon = 1e-3;
const std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1}, {5, 3}, {4, 16}, {3, 65}, {2, 128}};

/// Row i of `in` with (i, changed) replaced: normalised in double.
std::vector<double> normalised(const FloatRows& in, std::int64_t i, std::int64_t changed, double value) {
  const auto n = static_cast<double>(in.cols());
  std::vector<double> row;
  double mean = 0;
  double variance = 0;
  for (std::int64_t j = 0; j < in.cols(); ++j) row.push_back(j == changed ? value : in(i, j));
  for (const double x : row) mean += x / n;
  for (const double x : row) variance += (x - mean) * (x - mean) / n;
  for (double& x : row) x = (x - mean) / std::sqrt(variance + kEpsilon);
  return row;
}

}  // namespace

CATCH_TEST_CASE("layer norm equals its formula, also far from zero") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      auto in = FloatRows::padded(rows, cols).fill(1);
      for (std::int64_t j = 0; j < cols; ++j) in.at(0, j) += 10;
      auto gain = FloatRows::padded(1, cols).fill(2);
      auto bias = FloatRows::padded(1, cols).fill(3);
      auto normal = FloatRows::padded(rows, cols);
      auto out = FloatRows::padded(rows, cols);
      std::vector<float> inverse_sd(static_cast<std::size_t>(rows));
      k.layer_norm(static_cast<float>(kEpsilon), in.view(), gain.data(), bias.data(), normal.view(), out.view(),
                   inverse_sd.data());
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) {
                    return normalised(in, i, j, in(i, j))[static_cast<std::size_t>(j)] * gain(0, j) + bias(0, j);
                  }) < kTolerance);
      CATCH_CHECK((out.intact() && normal.intact()));
      auto again = FloatRows::padded(rows, cols);
      k.layer_norm(static_cast<float>(kEpsilon), in.view(), gain.data(), bias.data(), in.view(), again.view(),
                   inverse_sd.data());
      CATCH_CHECK(again == out);
      CATCH_CHECK(in == normal);
    }
  });
}

CATCH_TEST_CASE("gradients of layer norm equal finite differences") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      CATCH_INFO(rows << " x " << cols);
      const auto in = FloatRows::padded(rows, cols).fill(4);
      auto gain = FloatRows::padded(1, cols).fill(5);
      auto bias = FloatRows::padded(1, cols).fill(6);
      auto normal = FloatRows::padded(rows, cols);
      auto out = FloatRows::padded(rows, cols);
      std::vector<float> inverse_sd(static_cast<std::size_t>(rows));
      k.layer_norm(static_cast<float>(kEpsilon), in.view(), gain.data(), bias.data(), normal.view(), out.view(),
                   inverse_sd.data());
      const auto g = FloatRows::padded(rows, cols).fill(7);
      const auto sums_before = FloatRows::padded(1, cols).fill(8);
      auto gradient = FloatRows::padded(rows, cols);
      auto by_gain = sums_before;
      auto by_bias = sums_before;
      k.layer_norm_backward(normal.view(), inverse_sd.data(), gain.data(), g.view(), gradient.view(), by_gain.data(),
                            by_bias.data());
      const auto loss = [&](std::int64_t i, std::int64_t j, double x) {
        const auto row = normalised(in, i, j, x);
        double sum = 0;
        for (std::int64_t c = 0; c < in.cols(); ++c) sum += g(i, c) * gain(0, c) * row[static_cast<std::size_t>(c)];
        return sum;
      };
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) {
                    return slope_of([&](double x) { return loss(i, j, x); }, in(i, j));
                  }) < 2e-5);
      CATCH_CHECK(relative_error(by_gain, [&](auto, auto j) {
                    double sum = sums_before(0, j);
                    for (std::int64_t i = 0; i < in.rows(); ++i)
                      sum += g(i, j) * normalised(in, i, j, in(i, j))[static_cast<std::size_t>(j)];
                    return sum;
                  }) < kTolerance);
      CATCH_CHECK(relative_error(by_bias, [&](auto, auto j) {
                    double sum = sums_before(0, j);
                    for (std::int64_t i = 0; i < in.rows(); ++i) sum += g(i, j);
                    return sum;
                  }) < kTolerance);
      CATCH_CHECK((gradient.intact() && by_gain.intact() && by_bias.intact()));
    }
  });
}

CATCH_TEST_CASE("squares and loss of the standard normal equal those in double") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      const auto z = FloatRows::tight(rows, cols, 3).fill(9);
      const auto log_det = FloatRows::tight(1, rows).fill(10);
      auto gradient = FloatRows::tight(rows, cols, 2);
      auto squares = FloatRows::tight(1, rows);
      const auto half_square = [&, n = cols](std::int64_t i) {
        double sum = 0;
        for (std::int64_t j = 0; j < n; ++j) sum += 0.5 * z(i, j) * z(i, j);
        return sum;
      };
      k.half_squares(z.view(), squares.data());
      CATCH_CHECK(relative_error(squares, [&](auto, auto i) { return half_square(i); }) < kTolerance);
      const double loss = k.normal_loss(0.25F, z.view(), log_det.view().data, gradient.view());
      double truth = 0;
      double size = 0;
      for (std::int64_t i = 0; i < z.rows(); ++i) {
        truth += 0.25 * (half_square(i) - log_det(0, i));
        size += 0.25 * (half_square(i) + std::abs(log_det(0, i)));
      }
      CATCH_CHECK(std::abs(loss - truth) < kTolerance * size);
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) { return 0.25 * z(i, j); }) < kTolerance);
      CATCH_CHECK((gradient.intact() && squares.intact()));
    }
  });
}
