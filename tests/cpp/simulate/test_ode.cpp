#include <array>
#include <cmath>

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
