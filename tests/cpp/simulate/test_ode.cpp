#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "amortflow/ode.hpp"
#include "support/catch.h"

namespace {

/// Distance of the harmonic oscillator from its exact solution after one turn.
double error_after_a_turn(int steps) {
  std::array<double, 2> y{1, 0};
  const double turn = 2 * std::acos(-1.0);
  amortflow::rk4(y, 0, turn, steps, [](double, const std::array<double, 2>& at, std::array<double, 2>& dy) {
    dy[0] = at[1];
    dy[1] = -at[0];
  });
  return std::hypot(y[0] - 1, y[1]);
}

const auto kOscillator = [](double, const auto& at, auto& dy) {
  dy[0] = at[1];
  dy[1] = -at[0];
};

/// The same by dormand_prince() at a tolerance, and what it cost.
double adaptive_error_after_a_turn(double tolerance, int& calls) {
  std::array<double, 2> y{1, 0};
  calls = 0;
  const auto counted = [&](double t, const std::array<double, 2>& at, std::array<double, 2>& dy) {
    ++calls;
    kOscillator(t, at, dy);
  };
  amortflow::dormand_prince(y, 0, 2 * std::acos(-1.0), counted, {tolerance, tolerance});
  return std::hypot(y[0] - 1, y[1]);
}

}  // namespace

CATCH_TEST_CASE("rk4 is of order four") {
  CATCH_CHECK(error_after_a_turn(200) < 1e-6);
  CATCH_CHECK(error_after_a_turn(100) / error_after_a_turn(200) == Catch::Approx(16).epsilon(0.1));
}

CATCH_TEST_CASE("rk4 hands on the time") {
  std::array<double, 1> y{0};
  amortflow::rk4(y, 1, 3, 5,
                 [](double t, const std::array<double, 1>&, std::array<double, 1>& dy) { dy[0] = 4 * t * t * t; });
  CATCH_CHECK(y[0] == Catch::Approx(80).epsilon(1e-12));  // Simpson's rule is exact for cubes
}

CATCH_TEST_CASE("rk4 gives the same for arrays and vectors") {
  std::array<double, 2> array{1, 0};
  std::vector<double> vector{1, 0};
  amortflow::rk4(array, 0, 3, 17, kOscillator);
  amortflow::rk4(vector, 0, 3, 17, kOscillator);
  CATCH_CHECK(array[0] == vector[0]);
  CATCH_CHECK(array[1] == vector[1]);
}

CATCH_TEST_CASE("dormand_prince keeps to its tolerance, with work of order 1/5 in it") {
  int few = 0;
  int many = 0;
  CATCH_CHECK(adaptive_error_after_a_turn(1e-5, few) < 1e-3);
  CATCH_CHECK(adaptive_error_after_a_turn(1e-10, many) < 1e-8);
  // A tolerance smaller by 10^5 takes ten times the steps.
  CATCH_CHECK(static_cast<double>(many) / few == Catch::Approx(10).epsilon(0.25));
}

CATCH_TEST_CASE("dormand_prince solves the logistic equation between its steps, too") {
  const std::vector<double> times{0, 0, 0.37, 1, 2.5, 2.5, 9};
  std::vector<double> y{0.01};
  std::vector<double> seen;
  const auto growth = [](double, const std::vector<double>& at, std::vector<double>& dy) {
    dy[0] = 3 * at[0] * (1 - at[0]);
  };
  amortflow::dormand_prince(y, 0, times.data(), times.size(), growth,
                            [&](std::size_t i, const std::vector<double>& at) {
                              CATCH_CHECK(i == seen.size());
                              seen.push_back(at[0]);
                            },
                            {1e-9, 1e-12});
  CATCH_REQUIRE(seen.size() == times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    CATCH_CHECK(seen[i] == Catch::Approx(1 / (1 + 99 * std::exp(-3 * times[i]))).epsilon(1e-7));
  }
  CATCH_CHECK(y[0] == seen.back());
}

CATCH_TEST_CASE("between its steps dormand_prince is of order four or more") {
  // Errors at many times between steps, as the tolerance falls: steps shrink by 10^(2/5), errors by at least their
  // fourth power.
  const auto worst = [](double tolerance) {
    std::vector<double> times;
    for (int i = 1; i <= 500; ++i) times.push_back(0.02 * i);
    std::array<double, 2> y{1, 0};
    double error = 0;
    amortflow::dormand_prince(y, 0, times.data(), times.size(), kOscillator,
                              [&](std::size_t i, const std::array<double, 2>& at) {
                                error = std::fmax(error, std::fabs(at[0] - std::cos(times[i])));
                              },
                              {tolerance, tolerance});
    return error;
  };
  CATCH_CHECK(worst(1e-8) < 1e-6);
  CATCH_CHECK(worst(1e-6) / worst(1e-8) > std::pow(100.0, 0.8) * 0.8);
}

CATCH_TEST_CASE("dormand_prince hands on the time and lands on the end") {
  std::array<double, 1> y{0};
  double last = 0;
  amortflow::dormand_prince(y, 1, 3, [&](double t, const std::array<double, 1>&, std::array<double, 1>& dy) {
    last = t;
    dy[0] = 4 * t * t * t;
  });
  CATCH_CHECK(y[0] == Catch::Approx(80).epsilon(1e-12));
  CATCH_CHECK(last == 3);
  amortflow::dormand_prince(y, 3, 3,
                            [](double, const std::array<double, 1>&, std::array<double, 1>& dy) { dy[0] = 1; });
  CATCH_CHECK(y[0] == Catch::Approx(80).epsilon(1e-12));
}

CATCH_TEST_CASE("dormand_prince says why it cannot go on") {
  std::array<double, 1> y{1};
  const auto explosion = [](double, const auto& at, auto& dy) { dy[0] = at[0] * at[0]; };
  CATCH_CHECK_THROWS_WITH(amortflow::dormand_prince(y, 0, 2, explosion),
                          Catch::contains_text("cannot be continued from t = "));
  y = {1};
  const auto stiff = [](double t, const auto& at, auto& dy) { dy[0] = -1e6 * (at[0] - std::cos(t)); };
  CATCH_CHECK_THROWS_WITH(amortflow::dormand_prince(y, 0, 10, stiff, {1e-6, 1e-9, 1000}),
                          Catch::contains_text("more than 1000 steps (max_steps)"));
  y = {std::numeric_limits<double>::quiet_NaN()};
  CATCH_CHECK_THROWS_WITH(amortflow::dormand_prince(y, 0, 2, explosion),
                          Catch::contains_text("the derivative is not finite"));
  y = {1};
  CATCH_CHECK_THROWS_WITH(amortflow::dormand_prince(y, 2, 1, explosion),
                          Catch::contains_text("times must not go back"));
}
