#include <cmath>
#include <limits>

#include "simulate/quadrature.h"
#include "simulate/special_functions.h"
#include "simulate/tail_probabilities.h"
#include "support/catch.h"

using namespace amortflow;
using Catch::Approx;

namespace {
const double kPi = std::acos(-1.0);
}

CATCH_TEST_CASE("Gauss and Legendre's rule is exact for polynomials and sums to the range") {
  CATCH_CHECK(integrate([](double x) { return std::pow(x, 20); }, -1, 2) ==
              Approx((std::pow(2, 21) + 1) / 21).epsilon(1e-14));
  CATCH_CHECK(integrate([](double) { return 1.0; }, 3, 5) == Approx(2).epsilon(1e-15));
  CATCH_CHECK(integrate([](double x) { return std::exp(-x); }, 0, 40) == Approx(1 - std::exp(-40)).epsilon(1e-14));
}

CATCH_TEST_CASE("Owen's T has its exact values") {
  // T(0, a) = atan(a) / (2 pi), T(h, 1) = P(h) Q(h) / 2, T(h, infinity) = Q(|h|) / 2.
  for (const double a : {0.1, 0.5, 1.0, 3.0, 20.0}) {
    CATCH_CHECK(owens_t(0, a) == Approx(std::atan(a) / (2 * kPi)).epsilon(1e-13));
    CATCH_CHECK(owens_t(1.3, -a) == -owens_t(1.3, a));
    CATCH_CHECK(owens_t(-1.3, a) == owens_t(1.3, a));
  }
  for (const double h : {0.2, 1.0, 3.0, 6.0, 12.0}) {
    const Tails tails = normal_tails(h);
    CATCH_CHECK(owens_t(h, 1) == Approx(0.5 * tails.lower * tails.upper).epsilon(1e-12));
    CATCH_CHECK(owens_t(h, 1e9) == Approx(0.5 * tails.upper).epsilon(1e-12));
  }
}

CATCH_TEST_CASE("logarithms of tails, Bessel and gamma functions have their reference values") {
  // R: pnorm(z, log.p = TRUE), log(besselI(x, 0, expon.scaled = TRUE)), lchoose(), lbeta().
  CATCH_CHECK(log_normal_lower_tail(-5) == Approx(-15.064998393988725).epsilon(1e-13));
  CATCH_CHECK(log_normal_lower_tail(-29.999) == Approx(-454.29121119612381).epsilon(1e-13));
  CATCH_CHECK(log_normal_lower_tail(-30.001) == Approx(-454.35127771545876).epsilon(1e-12));
  CATCH_CHECK(log_normal_lower_tail(-100) == Approx(-5005.5242086942050).epsilon(1e-13));
  CATCH_CHECK(log_scaled_bessel_i0(0) == Approx(0).margin(1e-14));
  CATCH_CHECK(log_scaled_bessel_i0(1) == Approx(std::log(0.46575960759364043)).epsilon(1e-13));
  CATCH_CHECK(log_scaled_bessel_i0(50) == Approx(std::log(0.056561626647454184)).epsilon(1e-13));
  // I0(x) exp(-x) sqrt(2 pi x) = 1 + 1 / (8 x) + 9 / (128 x^2) + ...
  CATCH_CHECK(log_scaled_bessel_i0(1e6) == Approx(-0.5 * std::log(2e6 * kPi) + 1.25e-7).epsilon(1e-12));
  CATCH_CHECK(log_choose(10, 3) == Approx(std::log(120)).epsilon(1e-13));
  CATCH_CHECK(log_beta(2, 3) == Approx(-std::log(12)).epsilon(1e-13));
  CATCH_CHECK(log_multivariate_gamma(3, 2) ==
              Approx(0.5 * std::log(kPi) + std::log(2) + std::lgamma(2.5)).epsilon(1e-13));
}
