#include <cmath>
#include <vector>

#include "base/errors.h"
#include "checks/ranks.h"
#include "support/catch.h"

namespace amortflow {

CATCH_TEST_CASE("A rank counts the draws that are less", "[check]") {
  const std::vector<double> draws{1, 2, 3, 4, 10, 30, 20, 40, -1, -1, -1, -1};
  CATCH_CHECK(ranks(draws.data(), 12, 4, {2.5, 100, -1}) == std::vector<double>{2, 4, 0});
  CATCH_CHECK(ranks(draws.data(), 12, 12, {4}) == std::vector<double>{7});
  CATCH_CHECK(ranks(draws.data(), 0, 4, {}).empty());
}

CATCH_TEST_CASE("Missing numbers have no rank", "[check]") {
  const std::vector<double> draws{1, std::nan(""), 3, 4};
  CATCH_CHECK_THROWS_AS(ranks(draws.data(), 4, 2, {2.5, 3}), NumericError);
  CATCH_CHECK_THROWS_AS(ranks(draws.data() + 2, 2, 2, {std::nan("")}), NumericError);
}

CATCH_TEST_CASE("Ranks refuse draws that are not as many as the quantities ask for", "[check]") {
  const std::vector<double> draws{1, 2, 3};
  CATCH_CHECK_THROWS_AS(ranks(draws.data(), 3, 2, {1, 2}), ShapeError);
  CATCH_CHECK_THROWS_AS(ranks(draws.data(), 3, 2, {1}), ShapeError);
}

}  // namespace amortflow
