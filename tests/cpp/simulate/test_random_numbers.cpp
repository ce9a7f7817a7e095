// Random numbers of amortflow/distributions.hpp against exact means, variances and quantiles.
#include <cmath>
#include <stdexcept>
#include <vector>

#include "amortflow/distributions.hpp"
#include "simulate/moment_case.h"
#include "support/catch.h"

using amortflow::rng;
using moments::Case;
using moments::kNone;

namespace {

constexpr int kDraws = 200000;

// The shares are by R's q and p functions.
// clang-format off
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
    {"uniform(-1, 3)",
     [](rng& g) { return amortflow::uniform(g, -1, 3); },
     1,
     1.3333333333333333,
     {{-0.95999999999999996, 0.01}, {0, 0.25}, {1, 0.5}, {2.6000000000000001, 0.90000000000000002}, {2.996, 0.999}}},
    {"normal(1.5, 2)",
     [](rng& g) { return amortflow::normal(g, 1.5, 2); },
     1.5,
     4,
     {{-3.1526957480816815, 0.01}, {0.15102049960783659, 0.25}, {1.5, 0.5}, {4.0631031310892016, 0.90000000000000002}, {7.6804646123356264, 0.999}}},
    {"exponential(2.5)",
     [](rng& g) { return amortflow::exponential(g, 2.5); },
     0.40000000000000002,
     0.16,
     {{0.0040201343414005769, 0.01}, {0.11507282898071236, 0.25}, {0.2772588722239781, 0.5}, {0.92103403719761845, 0.90000000000000002}, {2.7631021115928545, 0.999}}},
    {"gamma(0.3, 2)",
     [](rng& g) { return amortflow::gamma(g, 0.3, 2); },
     0.14999999999999999,
     0.074999999999999997,
     {{7.5111132761801599e-08, 0.01}, {0.0034499012845277325, 0.25}, {0.036565567933475943, 0.5}, {0.44240538668012203, 0.90000000000000002}, {2.3094680213956669, 0.999}}},
    {"gamma(1, 1)",
     [](rng& g) { return amortflow::gamma(g, 1, 1); },
     1,
     1,
     {{0.010050335853501442, 0.01}, {0.28768207245178096, 0.25}, {0.69314718055994529, 0.5}, {2.3025850929940459, 0.90000000000000002}, {6.9077552789821359, 0.999}}},
    {"gamma(4.5, 0.5)",
     [](rng& g) { return amortflow::gamma(g, 4.5, 0.5); },
     9,
     18,
     {{2.0879007358707273, 0.01}, {5.8988258829699731, 0.25}, {8.3428326922529532, 0.5}, {14.683656573259839, 0.90000000000000002}, {27.877164871256568, 0.999}}},
    {"beta(0.2, 0.4)",
     [](rng& g) { return amortflow::beta(g, 0.2, 0.4); },
     0.33333333333333331,
     0.13888888888888892,
     {{4.7843460452560262e-10, 0.01}, {0.0046613166661150802, 0.25}, {0.13891450437420977, 0.5}, {0.96173192487057102, 0.90000000000000002}, {0.99999960872132054, 0.999}}},
    {"beta(3, 7)",
     [](rng& g) { return amortflow::beta(g, 3, 7); },
     0.29999999999999999,
     0.019090909090909092,
     {{0.053348241458281015, 0.01}, {0.19550740474289391, 0.25}, {0.28623666802278258, 0.5}, {0.49008119444580311, 0.90000000000000002}, {0.76115169987538311, 0.999}}},
    {"student_t(1.5, 1, 2)",
     [](rng& g) { return amortflow::student_t(g, 1.5, 1, 2); },
     kNone,
     kNone,
     {{-21.3946323591368, 0.01}, {-0.74518932508314206, 0.25}, {1, 0.5}, {5.3927968351310751, 0.90000000000000002}, {105.36886001798526, 0.999}}},
    {"student_t(4, 0, 1)",
     [](rng& g) { return amortflow::student_t(g, 4, 0, 1); },
     0,
     kNone,
     {{-3.7469473879791964, 0.01}, {-0.74069708411268265, 0.25}, {0, 0.5}, {1.5332062740589429, 0.90000000000000002}, {7.1731822197823076, 0.999}}},
    {"student_t(30, -2, 0.5)",
     [](rng& g) { return amortflow::student_t(g, 30, -2, 0.5); },
     -2,
     0.26785714285714285,
     {{-3.228630771200296, 0.01}, {-2.3413778466606461, 0.25}, {-2, 0.5}, {-1.3447924873043022, 0.90000000000000002}, {-0.30740756658534729, 0.999}}},
    {"lognormal(-1, 0.5)",
     [](rng& g) { return amortflow::lognormal(g, -1, 0.5); },
     0.41686201967850839,
     0.049356216697984692,
     {{0.11495966663843463, 0.01}, {0.26256808081329946, 0.25}, {0.36787944117144233, 0.5}, {0.69821778134411949, 0.90000000000000002}, {1.7248087125928406, 0.999}}},
    {"binomial(20, 0.3)",
     [](rng& g) { return amortflow::binomial(g, 20, 0.3); },
     6,
     4.1999999999999993,
     {{2, 0.035483132298468674}, {5, 0.41637082944748133}, {6, 0.60800981220092409}, {9, 0.95203810266865663}, {12, 0.99872112039577976}}},
    {"binomial(1000, 0.8)",
     [](rng& g) { return amortflow::binomial(g, 1000, 0.8); },
     800,
     159.99999999999997,
     {{774, 0.023114851563634874}, {792, 0.27491248597946494}, {800, 0.51261392561451313}, {816, 0.90495956741343953}, {832, 0.99557364752842126}}},
    {"binomial(1000000, 0.4)",
     [](rng& g) { return amortflow::binomial(g, 1000000, 0.4); },
     400000,
     240000,
     {{398994, 0.020051446965236471}, {399670, 0.25061624790760428}, {400000, 0.50043431320676435}, {400628, 0.90023230774992591}, {401262, 0.99501235792883658}}},
    {"binomial(7, 0.601)",
     [](rng& g) { return amortflow::binomial(g, 7, 0.601); },
     4.2069999999999999,
     1.678593,
     {{2, 0.095291543351612606}, {3, 0.2878590659101834}, {4, 0.57791691317259142}, {6, 0.97167817049643246}}},
    {"binomial(10000, 0.0005)",
     [](rng& g) { return amortflow::binomial(g, 10000, 0.0005); },
     5,
     4.9975000000000005,
     {{1, 0.040393994366529996}, {3, 0.26495571196784939}, {5, 0.61596065849045356}, {8, 0.93195533455220236}, {12, 0.99798715370621882}}},
    {"poisson(0.4)",
     [](rng& g) { return amortflow::poisson(g, 0.4); },
     0.40000000000000002,
     0.40000000000000002,
     {{-0, 0.67032004603563933}, {1, 0.93844806444989493}, {3, 0.99922374862379315}}},
    {"poisson(9.5)",
     [](rng& g) { return amortflow::poisson(g, 9.5); },
     9.5,
     9.5,
     {{4, 0.040262682340609958}, {7, 0.26866318178384374}, {9, 0.52182602223720753}, {14, 0.94000801139032431}, {18, 0.9957156178284593}}},
    {"poisson(11)",
     [](rng& g) { return amortflow::poisson(g, 11); },
     11,
     11,
     {{5, 0.037519814101927201}, {9, 0.3405106424656611}, {11, 0.57926676292171209}, {15, 0.90739609171575308}, {20, 0.99532892332479117}}},
    {"poisson(1000000)",
     [](rng& g) { return amortflow::poisson(g, 1000000); },
     1000000,
     1000000,
     {{997947, 0.020034542916045162}, {999325, 0.25002561007629115}, {1000000, 0.50026596148628366}, {1001282, 0.90014752816596399}, {1002577, 0.99501056341711414}}},
    {"negative_binomial_2(3, 0.2)",
     [](rng& g) { return amortflow::negative_binomial_2(g, 3, 0.2); },
     3,
     48,
     {{0, 0.57434917749851744}, {9, 0.90263483865128102}, {43, 0.9953522369684572}}},
    {"negative_binomial_2(250, 8)",
     [](rng& g) { return amortflow::negative_binomial_2(g, 250, 8); },
     250,
     8062.5,
     {{101, 0.020472886957981318}, {185, 0.25166364934719665}, {239, 0.50000679893561695}, {370, 0.90118555639034792}, {540, 0.99505266098259448}}},
    {"negative_binomial_2(0.5, 1000)",
     [](rng& g) { return amortflow::negative_binomial_2(g, 0.5, 1000); },
     0.5,
     0.50024999999999997,
     {{-0, 0.60660645551802084}, {1, 0.90975810745106456}, {3, 0.9982404737605286}}},
  };
  return all;
}
// clang-format on

}  // namespace

// 125 comparisons at 5 standard errors: a false alarm with probability 1e-4, were the seed not fixed.
CATCH_TEST_CASE("random numbers have the exact moments and quantiles") {
  for (const auto& item : cases()) moments::check(item, 2024, kDraws);
}

CATCH_TEST_CASE("edges of distributions are what they should be") {
  rng g(1);
  CATCH_CHECK(amortflow::binomial(g, 0, 0.5) == 0);
  CATCH_CHECK(amortflow::binomial(g, 5, 0) == 0);
  CATCH_CHECK(amortflow::binomial(g, 5, 1) == 5);
  CATCH_CHECK(amortflow::poisson(g, 0) == 0);
  CATCH_CHECK(amortflow::negative_binomial_2(g, 0, 1) == 0);
  CATCH_CHECK(amortflow::negative_binomial_2(g, 5, 1e-300) >= 0);
  const double small = amortflow::beta(g, 1e-4, 1e-4);
  CATCH_CHECK((small >= 0 && small <= 1));
}

CATCH_TEST_CASE("arguments out of range throw and are named") {
  rng g(1);
  CATCH_CHECK_THROWS_WITH(amortflow::normal(g, 0, -1), Catch::contains_text("sd must be at least 0"));
  CATCH_CHECK_THROWS_AS(amortflow::poisson(g, kNone), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::poisson(g, -1), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::binomial(g, 2.5, 0.5), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::binomial(g, 2, 1.5), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::negative_binomial_2(g, 1, 0), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::gamma(g, 0, 1), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::beta(g, 1, kNone), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::uniform(g, 1, 1), std::domain_error);
}

CATCH_TEST_CASE("random numbers are frozen") {
  rng g(1, 2, 3);
  CATCH_CHECK(g.uniform() == 0.31820970190189934);
  CATCH_CHECK(amortflow::normal(g, 0, 1) == Catch::Approx(1.3254800228918597).epsilon(1e-14));
  CATCH_CHECK(amortflow::gamma(g, 2.5, 1) == Catch::Approx(1.6089829847212425).epsilon(1e-14));
  CATCH_CHECK(amortflow::poisson(g, 50) == 54);
  CATCH_CHECK(amortflow::binomial(g, 100, 0.3) == 34);
  CATCH_CHECK(amortflow::poisson(g, 3) == 3);
}
