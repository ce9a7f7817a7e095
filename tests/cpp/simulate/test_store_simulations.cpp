#include <vector>

#include "base/errors.h"
#include "simulate/store_simulations.h"
#include "support/catch.h"

using namespace amortflow;

namespace {

TableSchema table(const char* name, std::int64_t columns) { return {name, columns, {}, false}; }

Matrix<double> matrix_of(std::int64_t cols, std::vector<double> values) {
  Matrix<double> matrix(static_cast<std::int64_t>(values.size()) / cols, cols);
  matrix.values = std::move(values);
  return matrix;
}

}  // namespace

CATCH_TEST_CASE("tables become simulations by their names") {
  const auto simulations =
      simulations_of({table("parameters", 2), table("index", 1), table("context", 1), table("lengths1", 1),
                      table("data1", 1), table("lengths2", 1), table("data2", 2)},
                     {matrix_of(2, {1, 2, 3, 4}), matrix_of(1, {1, 2}), matrix_of(1, {7, 8}), matrix_of(1, {1, 2}),
                      matrix_of(1, {10, 20, 21}), matrix_of(1, {1, 1}), matrix_of(2, {5, 6, 7, 8})});
  CATCH_CHECK(simulations.count() == 2);
  CATCH_CHECK(simulations.context(1, 0) == 8);
  CATCH_REQUIRE(simulations.data.size() == 2);
  CATCH_CHECK(simulations.data[0].segments.offsets == std::vector<std::int64_t>{0, 1, 3});
  CATCH_CHECK(simulations.data[1].values(1, 1) == 8);
  CATCH_CHECK_FALSE(simulations.has_groups());
  const auto first = first_of(simulations, 1);
  CATCH_CHECK(first.parameters.values == std::vector<double>{1, 2});
  CATCH_CHECK(first.data[0].values.values == std::vector<double>{10});
  CATCH_CHECK(first.context.values == std::vector<double>{7});
}

CATCH_TEST_CASE("groups of a plate come back, data sets belong to them") {
  const auto simulations = simulations_of(
      {table("parameters", 1), table("local", 1), table("groups", 1), table("lengths1", 1), table("data1", 1)},
      {matrix_of(1, {1, 2}), matrix_of(1, {3, 4, 5}), matrix_of(1, {1, 2}), matrix_of(1, {1, 1, 2}),
       matrix_of(1, {6, 7, 8, 9})});
  CATCH_CHECK(simulations.groups.offsets == std::vector<std::int64_t>{0, 1, 3});
  const auto first = first_of(simulations, 1);
  CATCH_CHECK(first.local.values == std::vector<double>{3});
  CATCH_CHECK(first.data[0].values.values == std::vector<double>{6});
}

CATCH_TEST_CASE("tables that do not fit together are refused") {
  const std::vector<TableSchema> schema{table("parameters", 1), table("lengths1", 1), table("data1", 1)};
  const auto given = [&](std::vector<double> parameters, std::vector<double> lengths, std::vector<double> data) {
    return simulations_of(schema, {matrix_of(1, parameters), matrix_of(1, lengths), matrix_of(1, data)});
  };
  CATCH_CHECK(given({1, 2}, {1, 1}, {3, 4}).count() == 2);
  CATCH_CHECK_THROWS_AS(given({1, 2}, {1, 2}, {3, 4}), FormatError);
  CATCH_CHECK_THROWS_AS(given({1, 2, 3}, {1, 1}, {3, 4}), FormatError);
  CATCH_CHECK_THROWS_AS(given({1, 2}, {3, -1}, {3, 4}), FormatError);
  CATCH_CHECK_THROWS_AS(simulations_of({table("data1", 1)}, {matrix_of(1, {1})}), FormatError);
  CATCH_CHECK_THROWS_AS(simulations_of({table("parameters", 1)}, {matrix_of(1, {1})}), FormatError);
}
