#include <algorithm>
#include <array>

#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

using Sizes = std::array<std::int64_t, 3>;  // rows, inner, cols

const Sizes kSizes[] = {{1, 1, 1},    {1, 7, 3},      {5, 3, 16},     {6, 16, 17},   {7, 33, 31}, {13, 64, 33},
                        {32, 10, 64}, {64, 256, 256}, {65, 257, 129}, {33, 600, 48}, {40, 1, 5},  {26, 100, 100}};

double dot(const FloatRows& a, const FloatRows& b, std::int64_t i, std::int64_t j, bool transposed) {
  double sum = 0;
  for (std::int64_t p = 0; p < b.rows(); ++p) sum += (transposed ? a(p, i) : a(i, p)) * b(p, j);
  return sum;
}

}  // namespace

CATCH_TEST_CASE("products equal those in double, for all shapes of tiles") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, inner, cols] : kSizes) {
      CATCH_INFO(rows << " x " << inner << " x " << cols);
      const auto a = FloatRows::padded(rows, inner).fill(1);
      const auto b = FloatRows::padded(inner, cols).fill(2);
      auto c = FloatRows::padded(rows, cols).fill(3);
      const auto before = c;
      k.multiply(a.view(), b.view(), c.view(), false);
      CATCH_CHECK(relative_error(c, [&](auto i, auto j) { return dot(a, b, i, j, false); }) < kTolerance);
      CATCH_CHECK(c.intact());
      c = before;
      k.multiply(a.view(), b.view(), c.view(), true);
      CATCH_CHECK(relative_error(c, [&](auto i, auto j) { return before(i, j) + dot(a, b, i, j, false); }) <
                  kTolerance);
    }
  });
}

CATCH_TEST_CASE("transposed products equal those in double") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, inner, cols] : kSizes) {
      CATCH_INFO(rows << " x " << inner << " x " << cols);
      const auto a = FloatRows::padded(inner, rows).fill(4);
      const auto b = FloatRows::padded(inner, cols).fill(5);
      auto c = FloatRows::padded(rows, cols).fill(6);
      const auto before = c;
      k.multiply_transposed(a.view(), b.view(), c.view(), true);
      CATCH_CHECK(relative_error(c, [&](auto i, auto j) { return before(i, j) + dot(a, b, i, j, true); }) < kTolerance);
      CATCH_CHECK(c.intact());
      k.multiply_transposed(a.view(), b.view(), c.view(), false);
      CATCH_CHECK(relative_error(c, [&](auto i, auto j) { return dot(a, b, i, j, true); }) < kTolerance);
    }
  });
}

CATCH_TEST_CASE("a row of a product does not depend on the other rows, bit by bit") {
  on_each_instruction_set([](const Kernels& k) {
    const auto a = FloatRows::padded(65, 300).fill(7);
    const auto b = FloatRows::padded(300, 70).fill(8);
    auto all = FloatRows::padded(65, 70);
    k.multiply(a.view(), b.view(), all.view(), false);
    for (const std::int64_t first : {0, 1, 30, 64}) {
      for (const std::int64_t count : {1, 2, 9, 30}) {
        if (first + count > 65) continue;
        auto part = FloatRows::padded(count, 70);
        const ConstRows some = {a.view().data + first * a.view().stride, count, 300, a.view().stride};
        k.multiply(some, b.view(), part.view(), false);
        bool equal = true;
        for (std::int64_t i = 0; i < count; ++i) {
          for (std::int64_t j = 0; j < 70; ++j) equal = equal && part(i, j) == all(first + i, j);
        }
        CATCH_CHECK(equal);
      }
    }
  });
}

CATCH_TEST_CASE("a product over nothing is zero") {
  on_each_instruction_set([](const Kernels& k) {
    const auto a = FloatRows::padded(3, 1).fill(9);
    auto c = FloatRows::padded(3, 5).fill(10);
    const auto before = c;
    const ConstRows none = {a.view().data, 0, 5, 16};
    k.multiply(a.view(), none, c.view(), true);
    CATCH_CHECK(c == before);
    k.multiply(a.view(), none, c.view(), false);
    CATCH_CHECK(relative_error(c, [](auto, auto) { return 0.0; }) == 0);
  });
}

CATCH_TEST_CASE("products repeat bit by bit") {
  on_each_instruction_set([](const Kernels& k) {
    const auto a = FloatRows::padded(50, 80).fill(11);
    const auto b = FloatRows::padded(80, 40).fill(12);
    auto first = FloatRows::padded(50, 40);
    auto second = FloatRows::padded(50, 40);
    k.multiply(a.view(), b.view(), first.view(), false);
    for (int repeat = 0; repeat < 5; ++repeat) {
      k.multiply(a.view(), b.view(), second.view(), false);
      CATCH_CHECK(first == second);
    }
  });
}

CATCH_TEST_CASE("the mirror of a matrix is its transpose") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& [rows, unused, cols] : kSizes) {
      const auto in = FloatRows::padded(rows, cols).fill(13);
      auto out = FloatRows::padded(cols, rows);
      k.transpose(in.view(), out.view());
      CATCH_CHECK(relative_error(out, [&](auto i, auto j) { return in(j, i); }) == 0);
      CATCH_CHECK(out.intact());
    }
  });
}
