#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

constexpr double kScale = 0.25;
const std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1}, {5, 3}, {4, 16}, {3, 37}, {2, 64}, {2, 129}};

/// Row i of `in` with (i, changed) replaced: softmax in double.
std::vector<double> weights_of(const FloatRows& in, std::int64_t i, std::int64_t changed, double value) {
  std::vector<double> row;
  for (std::int64_t j = 0; j < in.cols(); ++j) row.push_back(j == changed ? value : in(i, j));
  const double largest = *std::max_element(row.begin(), row.end());
  double sum = 0;
  for (double& x : row) sum += x = std::exp(kScale * (x - largest));
  for (double& x : row) x /= sum;
  return row;
}

/// Rows whose padding is not zero, as products leave it.
FloatRows with_padding(std::int64_t rows, std::int64_t cols, double scale) {
  auto in = FloatRows::padded(rows, cols).fill(1, scale);
  const Rows view = in.view();
  for (std::int64_t i = 0; i < rows; ++i)
    std::fill(view.data + i * view.stride + cols, view.data + (i + 1) * view.stride, 7.0F);
  return in;
}

}  // namespace

CATCH_TEST_CASE("softmax equals its formula, also of large numbers, and clears padding") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      for (const double size : {1.0, 30.0, 1e6}) {
        CATCH_INFO(rows << " x " << cols << " of size " << size);
        const auto in = with_padding(rows, cols, size);
        auto weights = in;
        k.softmax(static_cast<float>(kScale), weights.view());
        // The scaled distance to the largest has a relative error of 1e-7, and so its exponential one of 1e-7 size.
        const double tolerance = size > 100 ? 1e-3 : kTolerance;
        CATCH_CHECK(relative_error(weights, [&](auto i, auto j) {
                      return weights_of(in, i, -1, 0)[static_cast<std::size_t>(j)];
                    }) < tolerance);
        CATCH_CHECK(weights.intact());
      }
    }
  });
}

CATCH_TEST_CASE("gradients of softmax equal finite differences") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      CATCH_INFO(rows << " x " << cols);
      const auto in = with_padding(rows, cols, 4);
      auto weights = in;
      k.softmax(static_cast<float>(kScale), weights.view());
      const auto g = FloatRows::padded(rows, cols).fill(5);
      auto gradient = with_padding(rows, cols, 4);
      for (std::int64_t i = 0; i < g.rows(); ++i) {
        for (std::int64_t j = 0; j < g.cols(); ++j) gradient.at(i, j) = static_cast<float>(g(i, j));
      }
      k.softmax_backward(static_cast<float>(kScale), weights.view(), gradient.view());
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) {
                    return slope_of(
                        [&](double x) {
                          const auto row = weights_of(in, i, j, x);
                          double sum = 0;
                          for (std::int64_t c = 0; c < g.cols(); ++c) sum += g(i, c) * row[static_cast<std::size_t>(c)];
                          return sum;
                        },
                        in(i, j));
                  }) < kTolerance);
      CATCH_CHECK(gradient.intact());
    }
  });
}
