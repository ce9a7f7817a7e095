#include <cmath>

#include "base/constants.h"
#include "base/polygamma.h"
#include "support/catch.h"

using namespace amortflow;

CATCH_TEST_CASE("digamma and trigamma have their known values and obey their recurrences") {
  constexpr double kEuler = 0.57721566490153286;  // Abramowitz and Stegun 1964, 6.1.3
  CATCH_CHECK(digamma(1) == Catch::Approx(-kEuler).epsilon(1e-12));
  CATCH_CHECK(digamma(0.5) == Catch::Approx(-kEuler - 2 * std::log(2.0)).epsilon(1e-12));
  CATCH_CHECK(trigamma(1) == Catch::Approx(kPi * kPi / 6).epsilon(1e-12));
  CATCH_CHECK(trigamma(0.5) == Catch::Approx(kPi * kPi / 2).epsilon(1e-12));
  for (const double x : {1e-3, 0.3, 2.5, 7.999, 8.0, 40.0, 1e6}) {
    CATCH_CHECK(digamma(x + 1) - digamma(x) == Catch::Approx(1 / x).epsilon(1e-8));
    CATCH_CHECK(trigamma(x) - trigamma(x + 1) == Catch::Approx(1 / (x * x)).epsilon(1e-3));
  }
}
