#include <atomic>
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

Prior hierarchical() {
  return prior_of({line("mu", "normal", {parameter("centre"), 1.0}), line("tau", "exponential", {1.0}),
                   line("theta", "normal", {parameter("mu"), parameter("tau")}, {{"plate", "subject"}}),
                   line("beta", "normal", {call("+", parameter("theta"), element("shift", 2)), 0.001},
                        {{"dim", 2}, {"plate", "subject"}})},
                  {{"centre", {}}, {"shift", {3}}});
}

}  // namespace

CATCH_TEST_CASE("a prior keeps what is given, shared and local apart") {
  const Prior prior = hierarchical();
  CATCH_CHECK(prior.given_size() == 4);
  CATCH_CHECK(prior.given()[1].first == 1);
  CATCH_CHECK(prior.given()[1].count == 3);
  CATCH_CHECK(prior.variables() == std::vector<std::string>{"mu", "tau"});
  CATCH_CHECK(prior.plate() == "subject");
  CATCH_CHECK(prior.local_variables() == std::vector<std::string>{"theta", "beta[1]", "beta[2]"});
  CATCH_CHECK(prior.local_support().lower.size() == 3);
  CATCH_CHECK(prior.support().lower[1] == 0);
}

CATCH_TEST_CASE("local parameters are drawn and evaluated given shared ones and the context") {
  const Prior prior = hierarchical();
  const double given[] = {10, 0, 5, 0};
  rng random(1, 2, 3);
  double shared[2];
  double local[3];
  prior.draw(random, given, shared);
  CATCH_CHECK(std::fabs(shared[0] - 10) < 6);
  prior.draw_local(random, given, shared, local);
  CATCH_CHECK(local[1] == Approx(local[0] + 5).margin(0.01));
  CATCH_CHECK(local[2] == Approx(local[0] + 5).margin(0.01));
  const auto normal = [](double x, double mu, double sigma) {
    return -0.5 * std::pow((x - mu) / sigma, 2) - std::log(sigma) - 0.5 * std::log(2 * std::acos(-1.0));
  };
  CATCH_CHECK(prior.log_density(given, shared) == Approx(normal(shared[0], 10, 1) - shared[1]));
  CATCH_CHECK(prior.local_log_density(given, shared, local) ==
              Approx(normal(local[0], shared[0], shared[1]) + normal(local[1], local[0] + 5, 0.001) +
                     normal(local[2], local[0] + 5, 0.001)));
}

CATCH_TEST_CASE("draws with groups do not depend on threads, and shared ones not on groups") {
  const Prior prior = hierarchical();
  PriorContext context;
  context.given = Matrix<double>(600, 4, 1.0);
  for (int i = 0; i < 600; ++i) context.groups.push_back(i % 4);
  const std::atomic<bool> cancel{false};
  std::vector<SimulationFailure> failures;
  const auto draw = [&](const PriorContext& with, int threads, std::int64_t first, std::int64_t count) {
    ThreadPool pool(threads);
    return draw_prior(prior, with, {first, count, 7}, pool, cancel, failures);
  };
  const PriorDraws one = draw(context, 1, 0, 600);
  const PriorDraws four = draw(context, 4, 0, 600);
  CATCH_CHECK(one.shared.values == four.shared.values);
  CATCH_CHECK(one.local.values.values == four.local.values.values);
  CATCH_CHECK(one.local.segments.offsets == four.local.segments.offsets);
  CATCH_CHECK(one.local.segments.length(3) == 3);
  PriorContext alone;
  alone.given = Matrix<double>(1, 4, 1.0);
  CATCH_CHECK(draw(alone, 2, 0, 600).shared.values == one.shared.values);
  CATCH_CHECK(draw(alone, 2, 599, 1).shared(0, 0) == one.shared(599, 0));
  CATCH_CHECK(failures.empty());
}

CATCH_TEST_CASE("a group that cannot be drawn fails its simulation alone") {
  const Prior prior =
      prior_of({line("mu", "normal", {0.0, 1.0}), line("theta", "normal", {0.0, parameter("mu")}, {{"plate", "g"}})});
  PriorContext context;
  context.groups.assign(50, 2);
  ThreadPool pool(2);
  const std::atomic<bool> cancel{false};
  std::vector<SimulationFailure> failures;
  const PriorDraws draws = draw_prior(prior, context, {0, 50, 3}, pool, cancel, failures);
  CATCH_CHECK(failures.size() > 5);
  CATCH_CHECK(failures.size() < 45);
  CATCH_CHECK(failures[0].message == "In `theta ~ normal`: `sigma` must be positive.");
  std::size_t lost = 0;
  for (std::int64_t i = 0; i < 50; ++i) {
    CATCH_CHECK(std::isnan(draws.shared(i, 0)) == std::isnan(draws.local.values(2 * i + 1, 0)));
    if (std::isnan(draws.shared(i, 0))) ++lost;
  }
  CATCH_CHECK(lost == failures.size());
}

CATCH_TEST_CASE("scopes that do not fit are refused") {
  CATCH_CHECK_THROWS_WITH(prior_of({line("theta", "normal", {0.0, 1.0}, {{"plate", "g"}}),
                                    line("mu", "normal", {parameter("theta"), 1.0})}),
                          Catch::contains_text("In `mu ~ normal`: Parameter `theta` is not known here."));
  CATCH_CHECK_THROWS_WITH(
      prior_of({line("a", "normal", {0.0, 1.0}, {{"plate", "g"}}), line("b", "normal", {0.0, 1.0}, {{"plate", "h"}})}),
      Catch::contains_text("a prior has one plate"));
  const Prior prior = hierarchical();
  ThreadPool pool(1);
  const std::atomic<bool> cancel{false};
  std::vector<SimulationFailure> failures;
  CATCH_CHECK_THROWS_AS(draw_prior(prior, {0, 5, 1}, pool, cancel, failures), ShapeError);
  PriorContext context;
  context.given = Matrix<double>(1, 4);
  context.groups = {1, 2};
  CATCH_CHECK_THROWS_AS(draw_prior(prior, context, {0, 5, 1}, pool, cancel, failures), ShapeError);
}
