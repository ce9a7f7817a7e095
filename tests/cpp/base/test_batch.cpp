#include <vector>

#include "base/batch.h"
#include "base/errors.h"
#include "support/catch.h"

using amortflow::RaggedRows;
using amortflow::Segments;
using amortflow::ShapeError;

CATCH_TEST_CASE("segments know where each data set lies") {
  const auto segments = Segments::of_lengths({2, 0, 3});
  CATCH_CHECK(segments.offsets == std::vector<std::int64_t>{0, 2, 2, 5});
  CATCH_CHECK(segments.count() == 3);
  CATCH_CHECK(segments.rows() == 5);
  CATCH_CHECK(segments.length(1) == 0);
  CATCH_CHECK(segments.common_length() == -1);
  CATCH_CHECK(Segments().common_length() == -1);
  CATCH_CHECK_THROWS_AS(Segments::of_lengths({2, -1}), ShapeError);
}

CATCH_TEST_CASE("uniform segments equal those of equal lengths") {
  CATCH_CHECK(Segments::uniform(3, 4).offsets == Segments::of_lengths({4, 4, 4}).offsets);
  CATCH_CHECK(Segments::uniform(3, 4).common_length() == 4);
  CATCH_CHECK(Segments::uniform(0, 4).count() == 0);
  CATCH_CHECK_THROWS_AS(Segments::uniform(-1, 4), ShapeError);
}

CATCH_TEST_CASE("a slice holds the rows of its data sets and starts at 0 again") {
  RaggedRows<double> rows;
  rows.segments = Segments::of_lengths({2, 1, 3});
  rows.values = amortflow::Matrix<double>(6, 2);
  for (std::size_t i = 0; i < 12; ++i) rows.values.values[i] = static_cast<double>(i);
  const auto part = slice(rows, 1, 3);
  CATCH_CHECK(part.segments.offsets == std::vector<std::int64_t>{0, 1, 4});
  CATCH_CHECK(part.values.rows == 4);
  CATCH_CHECK(part.values(0, 0) == 4);
  CATCH_CHECK(part.values(3, 1) == 11);
  CATCH_CHECK(slice(rows, 2, 2).count() == 0);
  CATCH_CHECK_THROWS_AS(slice(rows, 2, 4), ShapeError);
  CATCH_CHECK_THROWS_AS(slice(rows, 2, 1), ShapeError);
}
