#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "adapt/subsample.h"
#include "support/catch.h"

namespace amortflow {
namespace {

RaggedRows<double> counted_rows(const std::vector<std::int64_t>& lengths) {
  RaggedRows<double> rows;
  rows.segments = Segments::of_lengths(lengths);
  rows.values = Matrix<double>(rows.segments.rows(), 1);
  std::iota(rows.values.values.begin(), rows.values.values.end(), 0.0);
  return rows;
}

}  // namespace

CATCH_TEST_CASE("A subsample is a subset, the same for the same stream", "[adapt]") {
  const auto rows = counted_rows({5, 3, 8});
  const auto part = subsample(rows, 4, 7, 100);
  CATCH_CHECK(part.count() == 3);
  CATCH_CHECK((part.segments.length(0) == 4 && part.segments.length(1) == 3 && part.segments.length(2) == 4));
  CATCH_CHECK(std::is_sorted(part.values.values.begin(), part.values.values.end()));
  CATCH_CHECK(std::adjacent_find(part.values.values.begin(), part.values.values.end()) == part.values.values.end());
  CATCH_CHECK(subsample(rows, 4, 7, 100).values.values == part.values.values);
  CATCH_CHECK(subsample(rows, 4, 7, 101).values.values != part.values.values);
  // The third data set alone has the stream of its own index.
  const auto third = subsample(slice(rows, 2, 3), 4, 7, 102);
  CATCH_CHECK(std::equal(third.values.values.begin(), third.values.values.end(), part.values.row(7)));
}

CATCH_TEST_CASE("All subsets of positions are equally likely", "[adapt]") {
  // 20 subsets of 3 of 6, 20000 draws: chi-squared with 19 degrees of freedom stays below 50.8 in all but 1e-4.
  constexpr int kDraws = 20000;
  std::map<std::vector<std::int64_t>, int> counts;
  for (int i = 0; i < kDraws; ++i) ++counts[subsample_positions(6, 3, 1, static_cast<std::uint64_t>(i))];
  CATCH_CHECK(counts.size() == 20);
  double chi_squared = 0;
  for (const auto& [subset, count] : counts) chi_squared += std::pow(count - kDraws / 20.0, 2) / (kDraws / 20.0);
  CATCH_CHECK(chi_squared < 50.8);
}

}  // namespace amortflow
