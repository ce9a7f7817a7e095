#include <cmath>
#include <string>
#include <vector>

#include "base/errors.h"
#include "simulate/compiled_model.h"
#include "simulate/compiled_simulator.h"
#include "simulate/context.h"
#include "support/catch.h"

using namespace amortflow;

namespace {

const std::atomic<bool> kGoOn{false};

std::string library(const char* name) { return std::string(AMORTFLOW_SIMULATORS) + "/" + name + ".so"; }

Matrix<double> matrix_of(std::int64_t cols, std::vector<double> values) {
  Matrix<double> matrix(static_cast<std::int64_t>(values.size()) / cols, cols);
  matrix.values = std::move(values);
  return matrix;
}

struct Run {
  std::vector<RaggedRows<double>> data;
  std::vector<SimulationFailure> failures;
};

Run run(const CompiledSimulator& simulator,
        const Matrix<double>& parameters,
        const Matrix<double>& context,
        std::int64_t first_index = 0,
        int threads = 1) {
  ThreadPool pool(threads);
  Run result;
  const std::vector<bool> flat(simulator.shape().observables.size(), false);
  result.data = simulator.run(SimulatorRows::consecutive(parameters, first_index, context), 5, flat, pool, kGoOn,
                              result.failures);
  return result;
}

}  // namespace

CATCH_TEST_CASE("a simulator with context and several observables knows its shape") {
  const CompiledSimulator simulator(library("tosses"));
  const SimulatorShape& shape = simulator.shape();
  CATCH_REQUIRE(shape.context.size() == 2);
  CATCH_CHECK(shape.context[1].name == "dose");
  CATCH_REQUIRE(shape.observables.size() == 2);
  CATCH_CHECK(shape.observables[0].name == "heads");
  CATCH_CHECK(shape.observables[0].positions == 0);
  CATCH_CHECK(shape.observables[1].names == std::vector<std::string>{"dose", "mood"});
  CATCH_CHECK(simulator.has_log_lik());
}

CATCH_TEST_CASE("lengths follow the context, whatever the chunk and the threads") {
  const CompiledSimulator simulator(library("tosses"));
  constexpr std::int64_t kCount = 300;
  Matrix<double> parameters(kCount, 1, 0.3);
  Matrix<double> context(kCount, 2);
  for (std::int64_t i = 0; i < kCount; ++i) {
    context(i, 0) = static_cast<double>(1 + i % 7);
    context(i, 1) = static_cast<double>(i);
  }
  const Run all = run(simulator, parameters, context);
  CATCH_CHECK(all.failures.empty());
  for (std::int64_t i = 0; i < kCount; ++i) {
    CATCH_REQUIRE(all.data[0].segments.length(i) == 1 + i % 7);
    CATCH_REQUIRE(all.data[1].values(i, 0) == static_cast<double>(i));
  }
  CATCH_CHECK(run(simulator, parameters, context, 0, 3).data[0].values.values == all.data[0].values.values);
  const Run part = run(simulator, slice(parameters, 100, 110), slice(context, 100, 110), 100);
  CATCH_CHECK(part.data[0].values.values == slice(all.data[0], 100, 110).values.values);
}

CATCH_TEST_CASE("a failed simulation of varying length becomes NaN and leaves the others alone") {
  const CompiledSimulator simulator(library("tosses"));
  const double nan = std::nan("");
  const auto parameters = matrix_of(1, {0.5, 0.5, nan, 0.5, 0.5, 0.5, 0.5});
  const auto context = matrix_of(2, {3, 0, 200, 0, 3, 0, -1, 0, 2, 2e6, 0, 0, 4, 0});
  const Run result = run(simulator, parameters, context, 10);
  const std::vector<std::pair<std::int64_t, std::string>> expected{{11, "it threw: too many tosses"},
                                                                   {12, "its parameters or its context are not finite"},
                                                                   {13, "it gave no positions of an observable"},
                                                                   {14, "it gave NaN at position 2 of `heads`"},
                                                                   {15, "it asked for 0 positions"}};
  CATCH_REQUIRE(result.failures.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CATCH_CHECK(result.failures[i].index == expected[i].first);
    CATCH_CHECK(result.failures[i].message == expected[i].second);
    const auto row = expected[i].first - 10;
    const auto failed = slice(result.data[0], row, row + 1);
    for (const double x : failed.values.values) CATCH_CHECK(std::isnan(x));
    CATCH_CHECK(std::isnan(result.data[1].values(row, 1)));
  }
  const Run alone = run(simulator, matrix_of(1, {0.5}), matrix_of(2, {4, 0}), 16);
  CATCH_CHECK(slice(result.data[0], 6, 7).values.values == alone.data[0].values.values);
}

CATCH_TEST_CASE("where values may be missing, NaN is a value of the data") {
  CompiledSimulator simulator(library("tosses"));
  simulator.allow_missing(true);
  const Run result = run(simulator, matrix_of(1, {0.5, 0.5}), matrix_of(2, {2, 2e6, 3, 0}));
  CATCH_CHECK(result.failures.empty());
  CATCH_CHECK(std::isfinite(result.data[0].values(0, 0)));
  CATCH_CHECK(std::isnan(result.data[0].values(1, 0)));
}

CATCH_TEST_CASE("debug mode tells of what is written outside, and shows what is read outside as NaN") {
  const CompiledSimulator simulator(library("overrun"));
  CATCH_CHECK(simulator.debug());
  const Run result = run(simulator, matrix_of(1, {1, 3, -2, 100, 5000}), {});
  CATCH_REQUIRE(result.failures.size() == 4);
  CATCH_CHECK(result.failures[0].message == "it wrote to out[3], which has 3 numbers, counted from 0");
  CATCH_CHECK(result.failures[1].message == "it wrote to out[-2], which has 3 numbers, counted from 0");
  CATCH_CHECK(result.failures[2].message == "it gave NaN at position 1");
  CATCH_CHECK(result.failures[3].message == "it wrote to out[5000], which has 3 numbers, counted from 0");
  CATCH_CHECK(result.data[0].values(1, 0) == 1.0);
}

CATCH_TEST_CASE("a log likelihood has one value per position and row") {
  const CompiledSimulator simulator(library("tosses"));
  const std::vector<Matrix<double>> data{matrix_of(1, {1, 0, 1}), matrix_of(2, {0, 0})};
  const auto context = matrix_of(2, {3, 0});
  const auto log_lik = simulator.log_lik(matrix_of(1, {0.2, 0.5}), context, data);
  CATCH_REQUIRE(log_lik.rows == 2);
  CATCH_REQUIRE(log_lik.cols == 3);
  CATCH_CHECK(log_lik(0, 0) == std::log(0.2));
  CATCH_CHECK(log_lik(0, 1) == std::log(0.8));
  CATCH_CHECK_THROWS_WITH(simulator.log_lik(matrix_of(1, {0.2}), matrix_of(2, {-1, 0}), data),
                          Catch::contains_text("row 1 of the parameters: it threw: there is no such number"));
  CATCH_CHECK_THROWS_AS(simulator.log_lik(matrix_of(1, {0.2}), context, {data[1], data[1]}), ShapeError);
  CATCH_CHECK_THROWS_AS(CompiledSimulator(library("inverse_kinematics")).log_lik(matrix_of(4, {0, 0, 0, 0}), {}, data),
                        SimulatorError);
}

CATCH_TEST_CASE("a log likelihood that writes outside, asks for what is not there or leaves a number out is refused") {
  const CompiledSimulator simulator(library("overrun"));
  const std::vector<Matrix<double>> data{matrix_of(1, {1, 2, 3})};
  const Matrix<double> none(1, 0);
  CATCH_CHECK(simulator.log_lik(matrix_of(1, {0}), none, data).values == std::vector<double>{1, 2, 3});
  CATCH_CHECK_THROWS_WITH(simulator.log_lik(matrix_of(1, {1}), none, data),
                          Catch::contains_text("it wrote to out[3], which has 3 numbers"));
  CATCH_CHECK_THROWS_WITH(simulator.log_lik(matrix_of(1, {2}), none, data),
                          Catch::contains_text("it asked for observable 3, but they are 0 to 0"));
  CATCH_CHECK_THROWS_WITH(simulator.log_lik(matrix_of(1, {0, 3}), none, data), Catch::contains_text("is NaN at row 2"));
}

CATCH_TEST_CASE("context values are found by name") {
  const CompiledSimulator simulator(library("tosses"));
  const auto columns = context_columns(simulator.shape(), "tosses", {"dose", "n"});
  CATCH_CHECK(columns == std::vector<std::int64_t>{1, 0});
  CATCH_CHECK_THROWS_WITH(context_columns(simulator.shape(), "tosses", {"dose[1]", "dose[2]", "n"}),
                          Catch::contains_text("takes 1 number(s) `dose`"));
  CATCH_CHECK_THROWS_AS(context_columns(simulator.shape(), "tosses", {"n"}), ConfigError);
}
