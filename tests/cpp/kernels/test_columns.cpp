#include <numeric>
#include <vector>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

const std::pair<std::int64_t, std::int64_t> kShapes[] = {{1, 1}, {6, 5}, {3, 16}, {4, 37}};

}  // namespace

CATCH_TEST_CASE("columns are scaled and shifted, and gradients go back") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      CATCH_INFO(rows << " x " << cols);
      const auto scale = FloatRows::tight(1, cols).fill(1);
      const auto shift = FloatRows::tight(1, cols).fill(2);
      const auto in = FloatRows::tight(rows, cols, 2).fill(3);
      const auto g = FloatRows::tight(rows, cols, 1).fill(4);
      auto out = FloatRows::tight(rows, cols, 3);
      k.scale_columns(scale.view().data, shift.view().data, in.view(), out.view());
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return in(i, j) * scale(0, j) + shift(0, j); }) <
                  kTolerance);
      const auto sums_before = FloatRows::tight(1, cols).fill(5);
      auto by_scale = sums_before;
      auto by_shift = sums_before;
      auto gradient = g;
      k.scale_columns_backward(scale.view().data, in.view(), gradient.view(), by_scale.data(), by_shift.data());
      const auto column = [&](std::int64_t j, bool with_input) {
        double sum = sums_before(0, j);
        for (std::int64_t i = 0; i < g.rows(); ++i) sum += g(i, j) * (with_input ? in(i, j) : 1);
        return sum;
      };
      CATCH_CHECK(relative_error(gradient, [&](auto i, auto j) { return g(i, j) * scale(0, j); }) < kTolerance);
      CATCH_CHECK(relative_error(by_scale, [&](auto, auto j) { return column(j, true); }) < kTolerance);
      CATCH_CHECK(relative_error(by_shift, [&](auto, auto j) { return column(j, false); }) < kTolerance);
      CATCH_CHECK((out.intact() && gradient.intact() && by_scale.intact() && by_shift.intact()));
    }
  });
}

CATCH_TEST_CASE("a permutation and its inverse give the rows back") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      std::vector<std::int32_t> from(static_cast<std::size_t>(cols));
      std::vector<std::int32_t> back(static_cast<std::size_t>(cols));
      for (std::size_t j = 0; j < from.size(); ++j) from[j] = static_cast<std::int32_t>((j * 3 + 2) % from.size());
      for (std::size_t j = 0; j < from.size(); ++j)
        back[static_cast<std::size_t>(from[j])] = static_cast<std::int32_t>(j);
      const auto in = FloatRows::tight(rows, cols, 1).fill(6);
      auto out = FloatRows::tight(rows, cols, 2);
      auto again = FloatRows::tight(rows, cols);
      k.permute_columns(from.data(), in.view(), out.view());
      k.permute_columns(back.data(), out.view(), again.view());
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return in(i, from[static_cast<std::size_t>(j)]); }) == 0);
      CATCH_CHECK(relative_error(again, [&](auto i, auto j) { return in(i, j); }) == 0);
      CATCH_CHECK((out.intact() && again.intact()));
    }
  });
}

CATCH_TEST_CASE("rows are copied and added between the columns of others") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, cols] : kShapes) {
      const auto in = FloatRows::tight(rows, cols, 4).fill(7);
      const auto before = FloatRows::tight(rows, cols, 1).fill(8);
      auto out = before;
      k.copy(in.view(), out.view(), true);
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return before(i, j) + in(i, j); }) < kTolerance);
      k.copy(in.view(), out.view(), false);
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return in(i, j); }) == 0);
      CATCH_CHECK(out.intact());
    }
  });
}
