#include <cmath>
#include <limits>

#include "amortflow/log_densities.hpp"
#include "support/catch.h"

namespace {

void check(double ours, double exact) {
  CATCH_INFO(exact);
  CATCH_CHECK(std::fabs(ours - exact) < 1e-11 * (1 + std::fabs(exact)));
}

}  // namespace

CATCH_TEST_CASE("log densities are those of R's d functions") {
  check(amortflow::normal_lpdf(0.3, 1.2, 0.7), -1.3887942015108381);
  check(amortflow::normal_lpdf(-40, 2, 0.001), -881999994.01118326);
  check(amortflow::lognormal_lpdf(2.5, -0.2, 0.1), -61.837894075491612);
  check(amortflow::lognormal_lpdf(0.001, 1, 2), -2.5209046288162131);
  check(amortflow::binomial_lpmf(0, 10, 0.3), -3.5667494393873245);
  check(amortflow::binomial_lpmf(10, 10, 0.3), -12.039728043259361);
  check(amortflow::binomial_lpmf(417, 1000, 0.4), -4.2653360407508902);
  check(amortflow::binomial_lpmf(1, 1000000, 2e-06), -1.3068528194407214);
  check(amortflow::binomial_lpmf(0, 5, 0), 0);
  check(amortflow::poisson_lpmf(0, 0.2), -0.20000000000000001);
  check(amortflow::poisson_lpmf(7, 11.5), -2.9287321134809838);
  check(amortflow::poisson_lpmf(1000200, 1e+06), -7.8467925523047972);
  check(amortflow::neg_binomial_2_lpmf(0, 3, 0.2), -0.55451774444795621);
  check(amortflow::neg_binomial_2_lpmf(12, 3, 0.2), -4.8476900733646531);
  check(amortflow::neg_binomial_2_lpmf(250, 240, 8), -5.4333918457718298);
  check(amortflow::neg_binomial_2_lpmf(4, 1e-05, 0.7), -45.327585157067581);
  check(amortflow::neg_binomial_2_lpmf(30, 2e+07, 0.001), -10.328710811576535);
  check(amortflow::neg_binomial_2_lpmf(100, 90, 5000), -3.7584934069540243);
  check(amortflow::detail::log_gamma(1e-08), 18.420680738180209);
  check(amortflow::detail::log_gamma(0.3), 1.0957979948180756);
  check(amortflow::detail::log_gamma(1), 0);
  check(amortflow::detail::log_gamma(2.5), 0.28468287047291918);
  check(amortflow::detail::log_gamma(9.99), 12.779315214350193);
  check(amortflow::detail::log_gamma(10), 12.801827480081469);
  check(amortflow::detail::log_gamma(1e5), 1051287.7089736569);
}

CATCH_TEST_CASE("outside their support log densities are minus infinity") {
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  CATCH_CHECK(amortflow::lognormal_lpdf(0, 0, 1) == kNever);
  CATCH_CHECK(amortflow::binomial_lpmf(-1, 5, 0.5) == kNever);
  CATCH_CHECK(amortflow::binomial_lpmf(6, 5, 0.5) == kNever);
  CATCH_CHECK(amortflow::binomial_lpmf(1, 5, 0) == kNever);
  CATCH_CHECK(amortflow::binomial_lpmf(5, 5, 1) == Catch::Approx(0).margin(1e-12));
  CATCH_CHECK(amortflow::poisson_lpmf(1, 0) == kNever);
  CATCH_CHECK(amortflow::poisson_lpmf(0, 0) == 0);
  CATCH_CHECK(amortflow::neg_binomial_2_lpmf(2, 0, 3) == kNever);
  CATCH_CHECK(amortflow::neg_binomial_2_lpmf(0, 0, 3) == 0);
}

CATCH_TEST_CASE("sums of exponentials neither overflow nor lose what is small") {
  CATCH_CHECK(amortflow::log_sum_exp(1000, 1000) == Catch::Approx(1000 + std::log(2.0)));
  CATCH_CHECK(amortflow::log_sum_exp(-1000, 3) == 3);
  CATCH_CHECK(amortflow::log1p_exp(800) == 800);
  CATCH_CHECK(amortflow::log1p_exp(-40) == Catch::Approx(std::exp(-40.0)).epsilon(1e-14));
}
