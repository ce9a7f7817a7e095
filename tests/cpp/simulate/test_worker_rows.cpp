#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "amortflow/table.hpp"
#include "base/errors.h"
#include "simulate/worker_rows.h"
#include "support/catch.h"

using namespace amortflow;

namespace {

constexpr std::int64_t kCount = 6;

SimulatorShape shape_of_two() {
  SimulatorShape shape;
  shape.parameters = 1;
  shape.observables = {{"fixed", 2, 1}, {"ragged", 0, 2}};
  return shape;
}

/// Row i has `fixed` = (i, i + 0.5) and i + 1 positions of `ragged`; row 3 has no parameters and was not run.
WorkerRows given_rows() {
  WorkerRows given;
  given.abi_version = kSimulatorAbi;
  given.lengths.resize(2);
  given.values.resize(2);
  for (std::int64_t i = 0; i < kCount; ++i) {
    given.values[0].push_back(static_cast<double>(i));
    given.values[0].push_back(static_cast<double>(i) + 0.5);
    given.lengths[1].push_back(i == 3 ? 0 : i + 1);
    for (std::int64_t t = 0; t < given.lengths[1].back(); ++t) {
      given.values[1].push_back(static_cast<double>(10 * i + t));
      given.values[1].push_back(-1);
    }
  }
  return given;
}

struct Taken {
  std::vector<RaggedRows<double>> data;
  std::vector<SimulationFailure> failures;
};

Taken take(const WorkerRows& given) {
  Matrix<double> parameters(kCount, 1, 0.5);
  parameters(3, 0) = std::nan("");
  Taken taken;
  taken.data =
      take_worker_rows(given, shape_of_two(), SimulatorRows::consecutive(parameters, 100, Matrix<double>(kCount, 0)),
                       {true, false}, taken.failures);
  return taken;
}

}  // namespace

CATCH_TEST_CASE("rows of a worker become data sets, those that were not run are failures") {
  const Taken taken = take(given_rows());
  CATCH_REQUIRE(taken.failures.size() == 1);
  CATCH_CHECK(taken.failures[0].index == 103);
  CATCH_CHECK(taken.data[0].values.cols == 2);
  CATCH_CHECK(taken.data[0].values(5, 1) == 5.5);
  CATCH_CHECK(std::isnan(taken.data[0].values(3, 0)));
  CATCH_CHECK(taken.data[1].segments.length(4) == 5);
  CATCH_CHECK(taken.data[1].values(taken.data[1].segments.offsets[4], 0) == 40);
}

CATCH_TEST_CASE("exceptions and numbers that are not finite are told as those of simulators here") {
  WorkerRows given = given_rows();
  given.failed = {1};
  given.messages = {"too large"};
  given.values[0][2 * 4 + 1] = std::numeric_limits<double>::infinity();
  const Taken taken = take(given);
  CATCH_REQUIRE(taken.failures.size() == 3);
  CATCH_CHECK(taken.failures[0].index == 101);
  CATCH_CHECK(taken.failures[0].message == "too large");
  CATCH_CHECK(taken.failures[0].kind == FailureKind::kError);
  CATCH_CHECK(taken.failures[2].message == "it gave Inf at position 2 of `fixed`");
  CATCH_CHECK(std::isnan(taken.data[1].values(taken.data[1].segments.offsets[4], 0)));
}

CATCH_TEST_CASE("rows of another shape or version are refused") {
  WorkerRows given = given_rows();
  given.abi_version = kSimulatorAbi + 1;
  CATCH_CHECK_THROWS_AS(take(given), SimulatorError);
  given = given_rows();
  given.values[1].pop_back();
  CATCH_CHECK_THROWS_AS(take(given), ShapeError);
  given = given_rows();
  given.lengths[1][0] = -1;
  CATCH_CHECK_THROWS_AS(take(given), ShapeError);
}
