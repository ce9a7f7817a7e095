#include <cmath>
#include <limits>
#include <vector>

#include "base/errors.h"
#include "simulate/moments.h"
#include "simulate/prior.h"
#include "simulate/prior_specs.h"
#include "simulate/vector_distributions.h"
#include "support/catch.h"

using namespace amortflow;
using namespace prior_specs;
using Catch::Approx;

namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

std::vector<std::vector<double>> draws_of(const Prior& prior, int count) {
  rng random(5, 6, 7);
  std::vector<std::vector<double>> columns(static_cast<std::size_t>(prior.size()));
  std::vector<double> row(columns.size());
  for (int i = 0; i < count; ++i) {
    prior.draw(random, nullptr, row.data());
    CATCH_CHECK(std::isfinite(prior.log_density(nullptr, row.data())));
    for (std::size_t j = 0; j < row.size(); ++j) columns[j].push_back(row[j]);
  }
  return columns;
}

}  // namespace

// 7 comparisons at 5 standard errors: a false alarm with probability 4e-6, were the seed not fixed.
CATCH_TEST_CASE("vectors and matrices are drawn with their exact means") {
  const Prior simplex = prior_of({line("p", "dirichlet", {Spec(Spec::Numbers{1, 2, 3})}, {{"dim", 3}})});
  const auto p = draws_of(simplex, 4000);
  for (std::size_t j = 0; j < 3; ++j) {
    const double mean = (static_cast<double>(j) + 1) / 6;
    CATCH_CHECK(std::fabs(moments::mean_score(p[j], mean, mean * (1 - mean) / 7)) < moments::kBound);
  }
  const Prior correlation = prior_of({line("O", "lkj_corr", {2.0}, {{"dim", Spec::Numbers{3, 3}}})});
  const auto r = draws_of(correlation, 4000);
  // (r + 1) / 2 is beta(2.5, 2.5), so the variance is 4 / (4 * 6).
  CATCH_CHECK(std::fabs(moments::mean_score(r[1], 0, 1.0 / 6)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::variance_score(r[5], 0, 1.0 / 6)) < moments::kBound);
  CATCH_CHECK(r[1] == r[3]);
  const Spec scale(Spec::Numbers{2, 0.5, 0.5, 1});
  const Prior covariance = prior_of({line("W", "inv_wishart", {6.0, scale}, {{"dim", Spec::Numbers{2, 2}}})});
  const auto w = draws_of(covariance, 4000);
  // Mean S / (nu - K - 1); the variance of the first element is 2 S11^2 / ((nu - K - 1)^2 (nu - K - 3)).
  CATCH_CHECK(std::fabs(moments::mean_score(w[0], 2.0 / 3, 8.0 / 9)) < moments::kBound);
  const Prior ordered = prior_of({line("c", "uniform", {0.0, 1.0}, {{"dim", 3}, {"ordered", true}})});
  CATCH_CHECK(std::fabs(moments::mean_score(draws_of(ordered, 4000)[0], 0.25, 0.0375)) < moments::kBound);
}

CATCH_TEST_CASE("densities of what is no such value are zero") {
  const auto log_density = [](const Prior& prior, std::vector<double> row) {
    return prior.log_density(nullptr, row.data());
  };
  const Prior simplex = prior_of({line("p", "dirichlet", {1.0}, {{"dim", 2}})});
  CATCH_CHECK(log_density(simplex, {0.3, 0.7}) == Approx(0).margin(1e-14));
  CATCH_CHECK(log_density(simplex, {0.3, 0.8}) == -kInfinity);
  CATCH_CHECK(log_density(simplex, {-0.3, 1.3}) == -kInfinity);
  const Prior correlation = prior_of({line("O", "lkj_corr", {1.0}, {{"dim", Spec::Numbers{2, 2}}})});
  CATCH_CHECK(log_density(correlation, {1, 0.3, 0.3, 1}) == Approx(-std::log(2.0)));
  CATCH_CHECK(log_density(correlation, {1, 0.3, 0.4, 1}) == -kInfinity);
  CATCH_CHECK(log_density(correlation, {1, 1.3, 1.3, 1}) == -kInfinity);
  CATCH_CHECK(log_density(correlation, {2, 0.3, 0.3, 1}) == -kInfinity);
  const Prior ordered = prior_of({line("c", "uniform", {0.0, 1.0}, {{"dim", 3}, {"ordered", true}})});
  CATCH_CHECK(log_density(ordered, {0.1, 0.2, 0.9}) == Approx(std::log(6.0)));
  CATCH_CHECK(log_density(ordered, {0.2, 0.1, 0.9}) == -kInfinity);
}

CATCH_TEST_CASE("supports name the columns of every shape and of whole numbers") {
  const Prior prior = prior_of({line("n", "poisson", {3.0}), line("p", "dirichlet", {1.0}, {{"dim", 3}}),
                                line("c", "normal", {0.0, 1.0}, {{"dim", 2}, {"ordered", true}}),
                                line("O", "lkj_corr_cholesky", {1.0}, {{"dim", Spec::Numbers{2, 2}}}),
                                line("k", "categorical", {parameter("p")})});
  const Support& support = prior.support();
  CATCH_REQUIRE(support.shapes.size() == 3);
  CATCH_CHECK(support.shapes[0].kind == "simplex");
  CATCH_CHECK((support.shapes[0].first == 1 && support.shapes[0].count == 3));
  CATCH_CHECK(support.shapes[1].kind == "ordered");
  CATCH_CHECK((support.shapes[2].first == 6 && support.shapes[2].count == 4 && support.shapes[2].dim == 2));
  CATCH_CHECK((support.discrete.front() && support.discrete.back() && !support.discrete[1]));
  CATCH_CHECK(support.upper.back() == 3);
}

CATCH_TEST_CASE("lines of vectors refuse sizes and options that cannot be theirs") {
  CATCH_CHECK_THROWS_WITH(prior_of({line("p", "dirichlet", {Spec(Spec::Numbers{1, 2})}, {{"dim", 3}})}),
                          Catch::contains_text("`alpha` must have 3 elements, not 2"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("O", "lkj_corr", {1.0}, {{"dim", 3}})}),
                          Catch::contains_text("lkj_corr() gives a square matrix"));
  CATCH_CHECK_THROWS_WITH(prior_of({line("p", "dirichlet", {1.0, 2.0}, {{"dim", 3}})}),
                          Catch::contains_text("dirichlet() has 1 arguments, not 2"));
  CATCH_CHECK_THROWS_AS(prior_of({line("p", "dirichlet", {1.0}, {{"dim", 3}, {"lb", 0}})}), ConfigError);
  CATCH_CHECK_THROWS_WITH(prior_of({line("p", "dirichlet", {0.0}, {{"dim", 3}})}),
                          Catch::contains_text("In `p ~ dirichlet`: `alpha` must be positive."));
}
