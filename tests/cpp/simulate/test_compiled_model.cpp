#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "base/errors.h"
#include "simulate/compiled_model.h"
#include "simulate/compiled_simulator.h"
#include "simulate/host_generator.h"
#include "simulate/moments.h"
#include "simulate/simulation_run.h"
#include "support/catch.h"

using namespace amortflow;
using Catch::Approx;

namespace {

const std::atomic<bool> kGoOn{false};

std::string library(const char* name) { return std::string(AMORTFLOW_SIMULATORS) + "/" + name + ".so"; }

Matrix<double> column_of(std::vector<double> values) {
  Matrix<double> matrix(static_cast<std::int64_t>(values.size()), 1);
  matrix.values = std::move(values);
  return matrix;
}

Matrix<double> repeated(std::vector<double> row, std::int64_t times) {
  Matrix<double> matrix(times, static_cast<std::int64_t>(row.size()));
  for (std::int64_t i = 0; i < times; ++i) std::copy(row.begin(), row.end(), matrix.row(i));
  return matrix;
}

Spec normal_line(const char* name, double dim) {
  const Spec arguments(Spec::List{{"", 0.0}, {"", 1.0}});
  return Spec(
      Spec::List{{"name", name}, {"text", "line"}, {"distribution", "normal"}, {"arguments", arguments}, {"dim", dim}});
}

Spec gaussian_spec(double dim, const char* observed) {
  const Spec prior(Spec::List{{"kind", "priors"}, {"parameters", Spec(Spec::List{{"", normal_line("mu", dim)}})}});
  const Spec simulator(Spec::List{{"kind", "cpp"}, {"library", library("gaussian_mean")}});
  return Spec(Spec::List{{"kind", "compiled"}, {"prior", prior}, {"simulator", simulator}, {"observed", observed}});
}

/// Infected on days 1 to 14 by many small Euler steps: another method than the simulator's.
std::vector<double> infected_by_euler(double beta, double gamma) {
  constexpr int kSteps = 200000;
  double s = 762;
  double i = 1;
  std::vector<double> curve;
  for (int day = 0; day < 14; ++day) {
    for (int step = 0; step < kSteps; ++step) {
      const double infections = beta * s * i / 763 / kSteps;
      i += infections - gamma * i / kSteps;
      s -= infections;
    }
    curve.push_back(i);
  }
  return curve;
}

/// The only observable of consecutive simulations.
RaggedRows<double> run_one(const CompiledSimulator& simulator,
                           const Matrix<double>& parameters,
                           std::int64_t first_index,
                           std::uint64_t seed,
                           bool flat,
                           ThreadPool& pool,
                           const std::atomic<bool>& cancel,
                           std::vector<SimulationFailure>& failures) {
  return simulator.run(SimulatorRows::consecutive(parameters, first_index), seed, {flat}, pool, cancel, failures).at(0);
}

}  // namespace

CATCH_TEST_CASE("a compiled simulator knows its sizes") {
  const CompiledSimulator simulator(library("gaussian_mean"));
  CATCH_CHECK(simulator.name() == "gaussian_mean");
  CATCH_CHECK(simulator.shape().parameters == 4);
  CATCH_REQUIRE(simulator.shape().observables.size() == 1);
  CATCH_CHECK(simulator.shape().observables[0].positions == 50);
  CATCH_CHECK(simulator.shape().observables[0].variables == 4);
  CATCH_CHECK(simulator.shape().context.empty());
  CATCH_CHECK(!simulator.debug());
}

CATCH_TEST_CASE("every kind of failure is listed with its index and fills its data set with NaN") {
  const CompiledSimulator simulator(library("unreliable"));
  ThreadPool pool(2);
  std::vector<SimulationFailure> failures;
  const auto parameters = column_of({0, 11, 1, 6, -11, std::nan(""), 2, -21});
  const auto data = run_one(simulator, parameters, 100, 1, false, pool, kGoOn, failures);
  CATCH_REQUIRE(failures.size() == 5);
  CATCH_CHECK(failures[0].index == 101);
  CATCH_CHECK(failures[0].message == "it threw: the parameter is too large");
  CATCH_CHECK(failures[1].index == 103);
  CATCH_CHECK(failures[1].message == "it threw: an exception that is not a std::exception");
  CATCH_CHECK(failures[2].index == 104);
  CATCH_CHECK(failures[2].message == "it gave NaN at position 3, variable 2");
  CATCH_CHECK(failures[3].index == 105);
  CATCH_CHECK(failures[3].message == "its parameters or its context are not finite");
  CATCH_CHECK(failures[4].index == 107);
  CATCH_CHECK(failures[4].message == "it gave Inf at position 1, variable 2");
  for (std::int64_t i = 0; i < 8; ++i) {
    const bool failed = i == 1 || i == 3 || i == 4 || i == 5 || i == 7;
    for (std::int64_t j = 0; j < 6; ++j) CATCH_CHECK(std::isnan(data.values(3 * i + j / 2, j % 2)) == failed);
  }
}

CATCH_TEST_CASE("failures beside a simulation do not change it") {
  const CompiledSimulator simulator(library("unreliable"));
  ThreadPool pool(1);
  std::vector<SimulationFailure> failures;
  const auto mixed = run_one(simulator, column_of({11, std::nan(""), 2}), 0, 1, true, pool, kGoOn, failures);
  const auto alone = run_one(simulator, column_of({2}), 2, 1, true, pool, kGoOn, failures);
  CATCH_CHECK(std::equal(alone.values.row(0), alone.values.row(0) + 6, mixed.values.row(2)));
}

CATCH_TEST_CASE("settings reach the simulator, unknown ones are refused") {
  const CompiledSimulator simulator(library("unreliable"), {{"limit", {100}}});
  ThreadPool pool(1);
  std::vector<SimulationFailure> failures;
  static_cast<void>(run_one(simulator, column_of({11}), 0, 1, false, pool, kGoOn, failures));
  CATCH_CHECK(failures.empty());
  CATCH_CHECK_THROWS_WITH(CompiledSimulator(library("unreliable"), {{"limits", {1}}}),
                          Catch::contains_text("`limits` is unknown"));
}

CATCH_TEST_CASE("what cannot be run is refused") {
  CATCH_CHECK_THROWS_AS(CompiledSimulator(std::string("/nowhere.so")), SimulatorError);
  ThreadPool pool(1);
  std::vector<SimulationFailure> failures;
  const CompiledSimulator simulator(library("two_moons"));
  CATCH_CHECK_THROWS_AS(run_one(simulator, column_of({1}), 0, 1, false, pool, kGoOn, failures), ShapeError);
  const std::atomic<bool> stop{true};
  CATCH_CHECK_THROWS_AS(run_one(simulator, repeated({0, 0}, 3), 0, 1, false, pool, stop, failures), Cancelled);
  CATCH_CHECK_THROWS_WITH(make_compiled_model(gaussian_spec(3, "exchangeable")),
                          Catch::contains_text("takes 4 parameters, but the prior has 3"));
}

CATCH_TEST_CASE("an array is one column of all numbers, position by position") {
  ThreadPool pool(1);
  const auto rows = make_compiled_model(gaussian_spec(4, "exchangeable"))->draw(0, 3, 5, pool, kGoOn);
  const auto column = make_compiled_model(gaussian_spec(4, "array"))->draw(0, 3, 5, pool, kGoOn);
  CATCH_CHECK(column.data[0].values.cols == 1);
  CATCH_CHECK(column.data[0].values.rows == 3 * 50 * 4);
  CATCH_CHECK(column.data[0].segments.common_length() == 50 * 4);
  CATCH_CHECK(column.data[0].values.values == rows.data[0].values.values);
  CATCH_CHECK_THROWS_AS(make_compiled_model(gaussian_spec(4, "image")), ConfigError);
}

CATCH_TEST_CASE("a compiled model's simulations depend on seed and index only") {
  const auto model = make_compiled_model(gaussian_spec(4, "exchangeable"));
  CATCH_CHECK(!model->needs_host());
  ThreadPool one(1);
  ThreadPool three(3);
  const auto all = model->draw(0, 1000, 5, one, kGoOn);
  const auto again = model->draw(0, 1000, 5, three, kGoOn);
  CATCH_CHECK(all.parameters.values == again.parameters.values);
  CATCH_CHECK(all.data[0].values.values == again.data[0].values.values);
  const auto part = model->draw(333, 10, 5, three, kGoOn);
  CATCH_CHECK(std::equal(part.parameters.values.begin(), part.parameters.values.end(), all.parameters.row(333)));
  CATCH_CHECK(std::equal(part.data[0].values.values.begin(), part.data[0].values.values.end(),
                         all.data[0].values.row(333 * 50)));
  CATCH_CHECK(all.data[0].segments.common_length() == 50);
  const auto other = model->draw(0, 1000, 6, one, kGoOn);
  CATCH_CHECK(other.data[0].values.values != all.data[0].values.values);
}

CATCH_TEST_CASE("as a vector, a data set is one row") {
  const auto model = make_compiled_model(gaussian_spec(4, "vector"));
  ThreadPool pool(1);
  const auto simulations = model->draw(0, 3, 5, pool, kGoOn);
  CATCH_CHECK(simulations.data[0].segments.common_length() == 1);
  CATCH_CHECK(simulations.data[0].values.cols == 200);
}

// 28 comparisons at 5 standard errors: a false alarm with probability 1.6e-5, were the seed not fixed.
CATCH_TEST_CASE("the boarding school's counts have the mean and variance of the model") {
  const CompiledSimulator simulator(library("sir_school"));
  ThreadPool pool(2);
  std::vector<SimulationFailure> failures;
  const auto data = run_one(simulator, repeated({1.7, 0.5, 0.1}, 20000), 0, 3, true, pool, kGoOn, failures);
  CATCH_CHECK(failures.empty());
  const auto curve = infected_by_euler(1.7, 0.5);
  for (std::int64_t day = 0; day < 14; ++day) {
    std::vector<double> counts;
    for (std::int64_t i = 0; i < data.values.rows; ++i) counts.push_back(data.values(i, day));
    const double mean = curve[static_cast<std::size_t>(day)];
    const double variance = mean + 0.1 * mean * mean;
    CATCH_CHECK(std::fabs(moments::mean_score(counts, mean, variance)) < moments::kBound);
    CATCH_CHECK(std::fabs(moments::variance_score(counts, mean, variance)) < moments::kBound);
  }
}

CATCH_TEST_CASE("two moons lie on a half ring of radius 0.1 and sd 0.01") {
  const CompiledSimulator simulator(library("two_moons"));
  ThreadPool pool(1);
  std::vector<SimulationFailure> failures;
  const auto data = run_one(simulator, repeated({0.3, -0.8}, 20000), 0, 3, true, pool, kGoOn, failures);
  std::vector<double> radius;
  std::vector<double> angle;
  for (std::int64_t i = 0; i < data.values.rows; ++i) {
    const double u = data.values(i, 0) + std::fabs(0.3 - 0.8) / std::sqrt(2.0) - 0.25;
    const double v = data.values(i, 1) - (-0.3 - 0.8) / std::sqrt(2.0);
    CATCH_REQUIRE(u > 0);
    radius.push_back(std::hypot(u, v));
    angle.push_back(std::atan2(v, u));
  }
  const double pi = std::acos(-1.0);
  // 4 comparisons at 5 standard errors: a false alarm with probability 2.3e-6, were the seed not fixed.
  CATCH_CHECK(std::fabs(moments::mean_score(radius, 0.1, 1e-4)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::variance_score(radius, 0.1, 1e-4)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::mean_score(angle, 0, pi * pi / 12)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::variance_score(angle, 0, pi * pi / 12)) < moments::kBound);
}

CATCH_TEST_CASE("a run in blocks gives what one draw gives, and stops after a failure only if asked to") {
  const CompiledSimulator simulator =
      make_compiled_simulator(Spec(Spec::List{{"kind", "cpp"}, {"library", library("gaussian_mean")}}));
  CATCH_CHECK(simulator.shape().observables[0].positions == 50);
  const auto model = make_compiled_model(gaussian_spec(4, "exchangeable"));
  HostService host(RunContext{});
  RunRange range;
  range.first_index = 3;
  range.count = 5000;
  range.seed = 8;
  range.cores = 2;
  Simulations in_blocks;
  host.run([&] { in_blocks = run_model(*model, range, host); });
  ThreadPool pool(1);
  const auto at_once = model->draw(3, 5000, 8, pool, kGoOn);
  CATCH_CHECK(in_blocks.parameters.values == at_once.parameters.values);
  CATCH_CHECK(in_blocks.data[0].values.values == at_once.data[0].values.values);
  CATCH_CHECK(in_blocks.data[0].segments.offsets == at_once.data[0].segments.offsets);
}

CATCH_TEST_CASE("states of the host's generator are valid and differ by index") {
  const auto first = host_generator_state(1, 0);
  CATCH_CHECK(first == host_generator_state(1, 0));
  CATCH_CHECK(first != host_generator_state(1, 1));
  for (std::uint64_t index = 0; index < 1000; ++index) {
    const auto state = host_generator_state(1, index);
    for (std::size_t i = 0; i < 12; ++i) {
      const auto word = static_cast<std::uint32_t>(state[i]);
      CATCH_CHECK((word > 0 && word < (i % 6 < 3 ? 4294967087u : 4294944443u)));
    }
  }
}

CATCH_TEST_CASE("a shared object without a simulator is refused with advice") {
  CATCH_CHECK_THROWS_WITH(CompiledSimulator(library("no_simulator")), Catch::contains_text("registers no simulator"));
}
