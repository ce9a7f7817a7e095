#include <vector>

#include "base/batch.h"
#include "kernels/float_rows.h"

using namespace amortflow;
using namespace amortflow::kernel_tests;

namespace {

const std::vector<std::int64_t> kLengths[] = {{1}, {3, 1, 0, 7}, {0, 0}, {200}, {2, 2, 2}};
constexpr std::int64_t kCols[] = {1, 5, 16, 40};
constexpr Pooling kPoolings[] = {Pooling::kSum, Pooling::kMean};

/// What a row of segment s contributes.
double weight(Pooling pooling, const Segments& segments, std::int64_t s) {
  return pooling == Pooling::kMean ? 1.0 / static_cast<double>(segments.length(s)) : 1.0;
}

}  // namespace

CATCH_TEST_CASE("segments are pooled to sums and means, empty ones to zero") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& lengths : kLengths) {
      const auto segments = Segments::of_lengths(lengths);
      for (const auto cols : kCols) {
        for (const auto pooling : kPoolings) {
          const auto in = FloatRows::padded(segments.rows(), cols).fill(1);
          auto out = FloatRows::padded(segments.count(), cols).fill(2);
          k.pool(pooling, segments.offsets.data(), in.view(), out.view());
          CATCH_CHECK(relative_error(out, [&](auto s, auto j) {
                        double sum = 0;
                        for (auto i = segments.offsets[static_cast<std::size_t>(s)];
                             i < segments.offsets[static_cast<std::size_t>(s) + 1]; ++i) {
                          sum += weight(pooling, segments, s) * in(i, j);
                        }
                        return sum;
                      }) < kTolerance);
          CATCH_CHECK(out.intact());
        }
      }
    }
  });
}

CATCH_TEST_CASE("spreading is the transpose of pooling: <pool x, y> = <x, spread y>") {
  on_each_instruction_set([](const Kernels& k) {
    for (const auto& lengths : kLengths) {
      const auto segments = Segments::of_lengths(lengths);
      for (const auto pooling : kPoolings) {
        const auto x = FloatRows::padded(segments.rows(), 21).fill(3);
        const auto y = FloatRows::padded(segments.count(), 21).fill(4);
        auto pooled = FloatRows::padded(segments.count(), 21);
        auto spread = FloatRows::padded(segments.rows(), 21).fill(5);
        k.pool(pooling, segments.offsets.data(), x.view(), pooled.view());
        k.spread(pooling, segments.offsets.data(), y.view(), spread.view(), false);
        double left = 0;
        double right = 0;
        double size = 1e-9;
        for (std::int64_t j = 0; j < 21; ++j) {
          for (std::int64_t s = 0; s < y.rows(); ++s) left += pooled(s, j) * y(s, j);
          for (std::int64_t i = 0; i < x.rows(); ++i) right += x(i, j) * spread(i, j);
          for (std::int64_t i = 0; i < x.rows(); ++i) size += std::abs(x(i, j) * spread(i, j));
        }
        CATCH_CHECK(std::abs(left - right) < kTolerance * size);
        CATCH_CHECK(spread.intact());
      }
    }
  });
}

CATCH_TEST_CASE("spreading can add to what is there") {
  on_each_instruction_set([](const Kernels& k) {
    const auto segments = Segments::of_lengths({2, 0, 5});
    const auto in = FloatRows::padded(3, 19).fill(6);
    const auto before = FloatRows::padded(7, 19).fill(7);
    auto out = before;
    k.spread(Pooling::kMean, segments.offsets.data(), in.view(), out.view(), true);
    CATCH_CHECK(relative_error(out, [&](auto i, auto j) {
                  const std::int64_t s = i < 2 ? 0 : 2;
                  return before(i, j) + in(s, j) / (s == 0 ? 2 : 5);
                }) < kTolerance);
    CATCH_CHECK(out.intact());
  });
}
