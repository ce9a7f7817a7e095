#include <cmath>

#include "base/errors.h"
#include "base/random.h"
#include "checks/classifier_two_sample.h"
#include "support/catch.h"

namespace amortflow {

namespace {

Matrix<double> normal_draws(std::int64_t count, std::int64_t dimension, double mean, double sd, std::uint64_t seed) {
  Matrix<double> draws(count, dimension);
  rng random = stream(seed, Purpose::kCheck, 0);
  for (double& x : draws.values) x = mean + sd * random.normal();
  return draws;
}

double accuracy(const Matrix<double>& first, const Matrix<double>& second, int cores = 2) {
  HostService host({});
  return classifier_two_sample_accuracy(first, second, 1, cores, host);
}

}  // namespace

// The best possible classifier: Phi(shift / 2), and with different sd by the chi-squared distribution of the squared
// radius. No classifier is better in the mean, and the standard error of the share of 20,000 rows is at most 0.0035, so
// each of the upper bounds gives a false alarm with probability 0.002 or less.
CATCH_TEST_CASE("Accuracies come close to the best possible ones, and not above", "[check]") {
  const auto compare = [](std::int64_t dimension, double mean, double sd, double best) {
    const double found =
        accuracy(normal_draws(10000, dimension, 0, 1, 11), normal_draws(10000, dimension, mean, sd, 12));
    CATCH_INFO(dimension << " variables: " << found);
    CATCH_CHECK(found > best - 0.02);
    CATCH_CHECK(found < best + 0.01);
  };
  compare(1, 0.5, 1, 0.5987);
  compare(2, 0, 1.5, 0.6452);
  compare(5, 0, 2, 0.8525);
  compare(2, 0, 1, 0.5);
}

CATCH_TEST_CASE("Accuracies depend on the seed, not on threads, units or places", "[check]") {
  const Matrix<double> first = normal_draws(301, 2, 0, 1, 1);
  const Matrix<double> second = normal_draws(212, 2, 1, 1, 2);
  const double known = accuracy(first, second, 1);
  CATCH_CHECK(accuracy(first, second, 3) == known);
  HostService host({});
  CATCH_CHECK(classifier_two_sample_accuracy(first, second, 2, 1, host) != known);
  const auto moved = [](Matrix<double> draws) {
    // By powers of two, which round nothing.
    for (std::int64_t i = 0; i < draws.rows; ++i) draws(i, 1) = 1024 * draws(i, 1);
    return draws;
  };
  CATCH_CHECK(accuracy(moved(first), moved(second)) == known);
}

CATCH_TEST_CASE("Samples that lie apart are told apart, also where the first is constant", "[check]") {
  CATCH_CHECK(accuracy(normal_draws(200, 3, 0, 1, 1), normal_draws(200, 3, 50, 1, 2)) == 1);
  Matrix<double> first = normal_draws(200, 2, 0, 1, 1);
  Matrix<double> second = normal_draws(200, 2, 0, 1, 2);
  for (std::int64_t i = 0; i < 200; ++i) {
    first(i, 1) = 3;
    second(i, 1) = 5;
  }
  CATCH_CHECK(accuracy(first, second) == 1);
}

CATCH_TEST_CASE("Samples that cannot be compared are refused", "[check]") {
  const Matrix<double> draws = normal_draws(20, 2, 0, 1, 1);
  CATCH_CHECK_THROWS_AS(accuracy(draws, normal_draws(20, 3, 0, 1, 1)), ShapeError);
  CATCH_CHECK_THROWS_AS(accuracy(normal_draws(1, 2, 0, 1, 1), draws), ShapeError);
  CATCH_CHECK_THROWS_AS(accuracy(normal_draws(5, 2, 0, 1, 1), normal_draws(4, 2, 0, 1, 1)), ShapeError);
  Matrix<double> infinite = draws;
  infinite(3, 1) = HUGE_VAL;
  CATCH_CHECK_THROWS_AS(accuracy(draws, infinite), NumericError);
}

}  // namespace amortflow
