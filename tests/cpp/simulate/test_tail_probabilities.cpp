#include <cmath>

#include "simulate/tail_probabilities.h"
#include "support/catch.h"

using namespace amortflow;
using Catch::Approx;

namespace {

void check(const Tails& tails, double lower, double upper) {
  CATCH_CHECK(tails.lower == Approx(lower).epsilon(1e-12));
  CATCH_CHECK(tails.upper == Approx(upper).epsilon(1e-12));
}

}  // namespace

// Expected values by R 4.2.2: sprintf("%.17g", ...) of lgamma(), pnorm(), pgamma(), pbeta() and pt().
CATCH_TEST_CASE("log_gamma agrees with R") {
  CATCH_CHECK(log_gamma(1e-10) == Approx(23.025850929882736).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(0.10000000000000001) == Approx(2.252712651734206).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(0.5) == Approx(0.57236494292470008).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(1) == Approx(0).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(1.5) == Approx(-0.12078223763524518).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(2) == Approx(0).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(3.7000000000000002) == Approx(1.4280723266653881).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(9.9900000000000002) == Approx(12.779315214350193).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(10) == Approx(12.801827480081469).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(50) == Approx(144.56574394634487).epsilon(1e-14).margin(1e-14));
  CATCH_CHECK(log_gamma(100000) == Approx(1051287.7089736569).epsilon(1e-14).margin(1e-14));
}

CATCH_TEST_CASE("tail probabilities agree with R on both sides") {
  check(normal_tails(-30), 4.9067139271481872e-198, 1);
  check(normal_tails(-3), 0.0013498980316300946, 0.9986501019683699);
  check(normal_tails(0), 0.5, 0.5);
  check(normal_tails(1.2), 0.88493032977829178, 0.11506967022170828);
  check(normal_tails(8), 0.99999999999999933, 6.2209605742717849e-16);
  check(gamma_tails(0.001, 0.3), 0.14024245892486736, 0.85975754107513258);
  check(gamma_tails(0.2, 0.3), 0.65750672426972179, 0.34249327573027827);
  check(gamma_tails(3, 0.3), 0.99350962730090153, 0.0064903726990984409);
  check(gamma_tails(1, 5), 0.0036598468273437131, 0.99634015317265634);
  check(gamma_tails(6, 5), 0.71494349968336879, 0.28505650031663121);
  check(gamma_tails(40, 5), 0.99999999999949796, 5.0204643188291346e-13);
  check(gamma_tails(80, 100), 0.017108313035133115, 0.98289168696486684);
  check(gamma_tails(101, 100), 0.55289629343451119, 0.44710370656548876);
  check(gamma_tails(180, 100), 0.99999999997051703, 2.9482945576482847e-11);
  check(gamma_tails(99000, 100000), 0.00075741992117476706, 0.99924258007882527);
  check(gamma_tails(100000, 100000), 0.50042052211036514, 0.4995794778896348);
  check(beta_tails(0.001, 0.2, 0.4), 0.18368721492377674, 0.81631278507622329);
  check(beta_tails(0.5, 0.2, 0.4), 0.67853424463698853, 0.32146575536301147);
  check(beta_tails(0.999, 0.2, 0.4), 0.97692696124150713, 0.023073038758492866);
  check(beta_tails(0.1, 3, 7), 0.052972138000000051, 0.94702786199999989);
  check(beta_tails(0.7, 3, 7), 0.99570910600000007, 0.0042908940000000069);
  check(beta_tails(0.5, 500, 400), 0.0004214172902810132, 0.999578582709719);
  check(student_t_tails(-20, 3), 0.00013660162512365583, 0.99986339837487637);
  check(student_t_tails(-1, 0.7), 0.2751933362599856, 0.72480666374001435);
  check(student_t_tails(0.001, 5), 0.50037960661390124, 0.49962039338609882);
  check(student_t_tails(2, 5), 0.9490302605850709, 0.05096973941492914);
  check(student_t_tails(100000, 1.5), 0.9999999880755176, 1.1924482404598361e-08);
  check(student_t_tails(4, 200), 0.99995543452390701, 4.45654760929673e-05);
}

CATCH_TEST_CASE("normal_quantile inverts normal_tails, far out too") {
  for (double z = -37; z <= 37; z += 0.37)
    CATCH_CHECK(normal_quantile(normal_tails(z)) == Approx(z).epsilon(1e-12).margin(1e-14));
}

CATCH_TEST_CASE("the two tails add up to one") {
  for (const double x : {0.01, 0.3, 0.9, 2.0, 50.0}) {
    const Tails of_gamma = gamma_tails(x, 2.5);
    CATCH_CHECK(of_gamma.lower + of_gamma.upper == Approx(1).epsilon(1e-14));
    const Tails of_t = student_t_tails(x, 3);
    CATCH_CHECK(of_t.lower + of_t.upper == Approx(1).epsilon(1e-14));
  }
}
