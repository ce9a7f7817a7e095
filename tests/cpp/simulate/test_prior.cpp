#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.h"
#include "simulate/moments.h"
#include "simulate/prior.h"
#include "simulate/prior_draws.h"
#include "simulate/prior_specs.h"
#include "support/catch.h"

using namespace amortflow;
using namespace prior_specs;
using Catch::Approx;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Matrix<double> draws_of(const Prior& prior, std::int64_t count, int threads = 1) {
  ThreadPool pool(threads);
  const std::atomic<bool> cancel{false};
  std::vector<SimulationFailure> failures;
  auto draws = draw_prior(prior, {0, count, 7}, pool, cancel, failures);
  CATCH_CHECK(failures.empty());
  return draws;
}

std::vector<double> column(const Matrix<double>& draws, std::int64_t j) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < draws.rows; ++i) values.push_back(draws(i, j));
  return values;
}

}  // namespace

CATCH_TEST_CASE("variables are named as Stan names them, first index fastest") {
  const Prior prior = prior_of({line("a", "normal", {0.0, 1.0}), line("b", "normal", {0.0, 1.0}, {{"dim", 2}}),
                                line("c", "normal", {0.0, 1.0}, {{"dim", Spec::Numbers{2, 2}}})});
  CATCH_CHECK(prior.variables() ==
              std::vector<std::string>{"a", "b[1]", "b[2]", "c[1,1]", "c[2,1]", "c[1,2]", "c[2,2]"});
}

CATCH_TEST_CASE("the support of a column is what is known before drawing") {
  const Prior prior =
      prior_of({line("a", "normal", {0.0, 1.0}, {{"lb", -1}}), line("b", "gamma", {2.0, 1.0}, {{"lb", -1}, {"ub", 9}}),
                line("c", "uniform", {0.0, parameter("b")}), line("d", "normal", {0.0, 1.0}, {{"ub", parameter("a")}}),
                line("e", "beta", {2.0, 2.0})});
  CATCH_CHECK(prior.support().lower == std::vector<double>{-1, 0, 0, -kInfinity, 0});
  CATCH_CHECK(prior.support().upper == std::vector<double>{kInfinity, 9, kInfinity, kInfinity, 1});
}

CATCH_TEST_CASE("later lines use earlier parameters, whole or by element") {
  const Prior prior =
      prior_of({line("mu", "normal", {Spec(Spec::Numbers{10, 20}), 0.001}, {{"dim", 2}}),
                line("x", "normal", {parameter("mu"), 0.001}, {{"dim", 2}}),
                line("y", "normal", {call("-", call("*", element("mu", 2), 3.0), 1.0), call("exp", -7.0)})});
  const auto draws = draws_of(prior, 1);
  CATCH_CHECK(draws(0, 2) == Approx(draws(0, 0)).margin(0.01));
  CATCH_CHECK(draws(0, 3) == Approx(draws(0, 1)).margin(0.01));
  CATCH_CHECK(draws(0, 4) == Approx(3 * draws(0, 1) - 1).margin(0.01));
}

// 3 comparisons at 5 standard errors: a false alarm with probability 2e-6, were the seed not fixed.
CATCH_TEST_CASE("a normal truncated far out keeps its exact mean") {
  const Prior prior = prior_of({line("x", "normal", {0.0, 1.0}, {{"lb", 8}}),
                                line("y", "student_t", {3.0, 0.0, 1.0}, {{"lb", 2}, {"ub", 4}}),
                                line("z", "normal", {0.0, 1.0}, {{"ub", -8}})});
  const auto draws = draws_of(prior, 20000);
  // E = phi(8) / Q(8), variance = 1 + 8 E - E^2; the t by numerical integration in R (dt).
  CATCH_CHECK(std::fabs(moments::mean_score(column(draws, 0), 8.1213688, 0.0143249)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::mean_score(column(draws, 2), -8.1213688, 0.0143249)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::mean_score(column(draws, 1), 2.681193247, 0.2798581834)) < moments::kBound);
}

CATCH_TEST_CASE("draws stay inside the open support even where doubles run out") {
  const Prior prior = prior_of({line("x", "gamma", {1e-3, 1.0}), line("y", "beta", {1e-3, 1e-3})});
  const auto draws = draws_of(prior, 2000);
  for (std::int64_t i = 0; i < draws.rows; ++i) {
    CATCH_CHECK(draws(i, 0) > 0);
    CATCH_CHECK((draws(i, 1) > 0 && draws(i, 1) < 1));
  }
}

CATCH_TEST_CASE("log densities are renormalised over the bounds and -Inf outside") {
  const Prior prior =
      prior_of({line("x", "exponential", {2.0}, {{"lb", 1}}), line("y", "uniform", {0.0, parameter("x")})});
  const double inside[] = {1.5, 0.5};
  CATCH_CHECK(prior.log_density(nullptr, inside) == Approx(std::log(2.0) - 2 * 0.5 - std::log(1.5)).epsilon(1e-13));
  const double below[] = {0.5, 0.1};
  CATCH_CHECK(prior.log_density(nullptr, below) == -kInfinity);
  const double outside[] = {1.5, 2.0};
  CATCH_CHECK(prior.log_density(nullptr, outside) == -kInfinity);
}

CATCH_TEST_CASE("draws depend on seed and index only") {
  const Prior prior =
      prior_of({line("x", "student_t", {3.0, 0.0, 1.0}, {{"lb", 0}}), line("y", "gamma", {parameter("x"), 1.0})});
  const auto all = draws_of(prior, 1000);
  CATCH_CHECK(draws_of(prior, 1000, 3).values == all.values);
  ThreadPool pool(1);
  const std::atomic<bool> cancel{false};
  std::vector<SimulationFailure> failures;
  const auto part = draw_prior(prior, {700, 100, 7}, pool, cancel, failures);
  CATCH_CHECK(std::equal(part.values.begin(), part.values.end(), all.row(700)));
}

CATCH_TEST_CASE("a draw that fails is listed with its line, the others stand") {
  const Prior prior = prior_of({line("x", "normal", {0.0, 1.0}), line("y", "normal", {0.0, parameter("x")})});
  ThreadPool pool(1);
  const std::atomic<bool> cancel{false};
  std::vector<SimulationFailure> failures;
  const auto draws = draw_prior(prior, {10, 100, 1}, pool, cancel, failures);
  CATCH_REQUIRE(!failures.empty());
  CATCH_CHECK_THAT(failures[0].message, Catch::contains_text("In `y ~ normal`: `sigma` must be positive"));
  std::size_t next = 0;
  for (std::int64_t i = 0; i < draws.rows; ++i) {
    const bool failed = next < failures.size() && failures[next].index == 10 + i;
    if (failed) ++next;
    CATCH_CHECK(std::isnan(draws(i, 0)) == failed);
  }
  CATCH_CHECK(next == failures.size());
}

CATCH_TEST_CASE("impossible lines are refused and quoted") {
  CATCH_CHECK_THROWS_WITH(prior_of({line("x", "normal", {0.0, -1.0})}),
                          Catch::contains_text("In `x ~ normal`: `sigma` must be positive"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("x", "beta", {1.0, 1.0}, {{"lb", 1}})}),
                          Catch::contains_text("leave nothing"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("x", "normal", {0.0, 1.0}, {{"lb", 60}})}),
                          Catch::contains_text("no probability"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("x", "normal", {0.0})}), Catch::contains_text("has 2 arguments, not 1"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("x", "normal", {parameter("z"), 1.0})}),
                          Catch::contains_text("`z` is not known"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("x", "normal", {Spec(Spec::Numbers{1, 2}), 1.0})}),
                          Catch::contains_text("2 elements"));
  CATCH_CHECK_THROWS_AS(prior_of({line("x", "normall", {0.0, 1.0})}), ConfigError);
  CATCH_CHECK_THROWS_AS(prior_of({line("x", "normal", {0.0, 1.0}, {{"lower", 1}})}), ConfigError);
}
