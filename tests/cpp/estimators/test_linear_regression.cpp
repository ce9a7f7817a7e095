#include <cmath>

#include "base/errors.h"
#include "base/random.h"
#include "estimators/linear_regression.h"
#include "estimators/posterior_estimator.h"
#include "support/catch.h"
#include "support/perturb.h"

using namespace amortflow;
using amortflow::test::perturb;

namespace {

/// theta = (1 + 2 c0, -1 + 0.5 c1) + W^-1 u with W = [2 0; -1 0.5].
Spec two_parameters() {
  return Spec::List{{"intercept", Spec::Numbers{1, -1}},
                    {"coefficients", Spec::Numbers{2, 0, 0, 0.5}},
                    {"whitening", Spec::Numbers{2, -1, 0, 0.5}}};
}

Spec small_flow() {
  return Spec::List{{"kind", "coupling_flow"},
                    {"transform", "affine"},
                    {"depth", 2},
                    {"width", 8},
                    {"hidden", 1},
                    {"activation", "silu"},
                    {"bins", 4},
                    {"tail_bound", 5},
                    {"permutation", "fixed"},
                    {"base", Spec::List{{"kind", "normal"}}}};
}

/// One observable of one number that a network summarises, one of one number as it is, one context number.
PosteriorEstimator estimator_with(const Spec& regression) {
  const Spec deep_set = Spec::List{{"kind", "dense"}, {"positions", 1},   {"width", 8},
                                   {"depth", 1},      {"summary_dim", 3}, {"activation", "silu"}};
  PosteriorOptions options;
  options.target_width = 2;
  options.condition.observables = {{1, deep_set}, {1, Spec::List{{"kind", "identity"}}}};
  options.condition.context_width = 1;
  options.seed = 3;
  options.regression = regression;
  options.inference = small_flow();
  return PosteriorEstimator(options);
}

Matrix<float> normal_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Matrix<float> matrix(rows, cols);
  rng random = stream(seed, Purpose::kCheck, 0);
  for (float& value : matrix.values) value = static_cast<float>(random.normal());
  return matrix;
}

TrainingBatch batch_of(std::int64_t count) {
  TrainingBatch batch;
  batch.parameters = normal_matrix(count, 2, 1);
  for (const std::uint64_t seed : {2U, 3U}) {
    batch.data.observed.push_back({normal_matrix(count, 1, seed), Segments::uniform(count, 1)});
  }
  batch.data.context = normal_matrix(count, 1, 4);
  return batch;
}

std::vector<std::int64_t> each(std::int64_t count) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = i;
  return all;
}

/// log density of theta where u is standard normal.
double exact(double theta0, double theta1, double c0, double c1) {
  const double r0 = theta0 - 1 - 2 * c0;
  const double r1 = theta1 + 1 - 0.5 * c1;
  const double u0 = 2 * r0;
  const double u1 = -r0 + 0.5 * r1;
  return -0.5 * (u0 * u0 + u1 * u1) - std::log(2 * 3.14159265358979323846);
}

}  // namespace

CATCH_TEST_CASE("residuals are what the formula says, and the inverse undoes them") {
  const LinearRegression regression(two_parameters(), 2, 2);
  const float c[] = {0.5F, -2};
  float theta[] = {3, 1};
  regression.to_residual(c, theta);
  CATCH_CHECK(theta[0] == Catch::Approx(2 * 1.0));
  CATCH_CHECK(theta[1] == Catch::Approx(-1.0 + 0.5 * 3.0));
  regression.from_residual(c, theta);
  CATCH_CHECK(theta[0] == Catch::Approx(3.0));
  CATCH_CHECK(theta[1] == Catch::Approx(1.0));
  CATCH_CHECK(regression.log_det() == Catch::Approx(0.0).margin(1e-12));
}

CATCH_TEST_CASE("a flow that has learned nothing has the density and the draws of the regression") {
  // Columns: what is observed as it is, and the context; not what the first network makes.
  const PosteriorEstimator estimator = estimator_with(two_parameters());
  const TrainingBatch batch = batch_of(9);
  const Matrix<float> conditions = estimator.conditions(batch.data);
  std::vector<double> density(9);
  estimator.log_density(conditions, each(9), batch.parameters, density.data());
  const Matrix<float> draws = estimator.draw(conditions, each(9), Matrix<float>(9, 2));
  for (std::int64_t i = 0; i < 9; ++i) {
    const double c0 = batch.data.observed[1].values(i, 0);
    const double c1 = batch.data.context(i, 0);
    CATCH_CHECK(density[static_cast<std::size_t>(i)] ==
                Catch::Approx(exact(batch.parameters(i, 0), batch.parameters(i, 1), c0, c1)).epsilon(1e-5));
    CATCH_CHECK(draws(i, 0) == Catch::Approx(1 + 2 * c0).margin(1e-5));
    CATCH_CHECK(draws(i, 1) == Catch::Approx(-1 + 0.5 * c1).margin(1e-5));
  }
}

CATCH_TEST_CASE("the loss of a prepared batch is about residuals, the density about parameters") {
  Spec wide = two_parameters();
  wide.set("whitening", Spec::Numbers{4, -1, 0, 0.5});
  PosteriorEstimator estimator = estimator_with(wide);
  perturb(estimator.parameters(), 8);
  TrainingBatch batch = batch_of(9);
  std::vector<double> density(9);
  estimator.log_density(estimator.conditions(batch.data), each(9), batch.parameters, density.data());
  double sum = 0;
  for (const double value : density) sum += std::log(4 * 0.5) - value;
  estimator.prepare(0, batch);
  CATCH_CHECK(estimator.make_shard()->loss(batch, 1) == Catch::Approx(sum).epsilon(1e-5));
}

CATCH_TEST_CASE("regressions that do not fit the parameters and the condition are refused") {
  const auto refused = [](const char* name, const Spec::Numbers& numbers) {
    Spec spec = two_parameters();
    spec.set(name, numbers);
    CATCH_CHECK_THROWS_AS(estimator_with(spec), ConfigError);
  };
  refused("intercept", {1, 2, 3});
  refused("coefficients", {1, 2});
  refused("whitening", {1, 0, 0});
  refused("whitening", {1, 0, 0, 0});
  refused("slope", {1});
}
