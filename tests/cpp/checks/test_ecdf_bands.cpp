#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "base/errors.h"
#include "checks/ecdf_bands.h"
#include "support/catch.h"

namespace amortflow {
namespace {

std::vector<double> grid(std::int64_t bins) {
  std::vector<double> points;
  for (std::int64_t j = 1; j < bins; ++j) points.push_back(static_cast<double>(j) / static_cast<double>(bins));
  return points;
}

// Share of `repeats` uniform samples whose counts stay inside the bands.
double simulated_coverage(std::int64_t count, const std::vector<double>& points, const EcdfBands& bands, int repeats) {
  std::mt19937_64 random(20240607);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<double> values(static_cast<std::size_t>(count));
  int inside = 0;
  for (int i = 0; i < repeats; ++i) {
    for (double& x : values) x = uniform(random);
    std::sort(values.begin(), values.end());
    bool all = true;
    for (std::size_t k = 0; k < points.size() && all; ++k) {
      const auto at = std::upper_bound(values.begin(), values.end(), points[k]) - values.begin();
      all = static_cast<double>(at) >= bands.lower[k] && static_cast<double>(at) <= bands.upper[k];
    }
    inside += all ? 1 : 0;
  }
  return inside / static_cast<double>(repeats);
}

double choose(int n, int k) {
  return std::round(std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1)));
}

}  // namespace

CATCH_TEST_CASE("At one point the probability is the binomial's", "[check]") {
  for (const int n : {1, 7, 30}) {
    for (const double p : {0.03, 0.4, 0.9}) {
      double expected = 0;
      for (int k = n / 4; k <= n / 2; ++k) expected += choose(n, k) * std::pow(p, k) * std::pow(1 - p, n - k);
      const double exact = inside_probability(n, {p}, {std::floor(n / 4.0)}, {std::floor(n / 2.0)});
      CATCH_CHECK(std::abs(exact - expected) < 1e-12);
    }
  }
}

CATCH_TEST_CASE("At two points the probability is the trinomial's", "[check]") {
  const int n = 12;
  double expected = 0;
  for (int a = 2; a <= 5; ++a) {
    for (int b = std::max(a, 6); b <= 9; ++b) {
      expected += choose(n, a) * choose(n - a, b - a) * std::pow(0.3, a) * std::pow(0.4, b - a) * std::pow(0.3, n - b);
    }
  }
  CATCH_CHECK(std::abs(inside_probability(n, {0.3, 0.7}, {2, 6}, {5, 9}) - expected) < 1e-12);
  CATCH_CHECK(std::abs(inside_probability(n, {0.3, 0.7}, {0, 0}, {12, 12}) - 1) < 1e-12);
  CATCH_CHECK(inside_probability(n, {0.3, 0.7}, {8, 0}, {12, 5}) == 0);
}

// 20,000 repeats: a standard error of at most 0.0018; 4.5 of them let a right recursion fail once in 150,000 runs.
CATCH_TEST_CASE("The coverage agrees with simulation", "[check]") {
  struct Case {
    std::int64_t count;
    std::int64_t bins;
    double level;
  };
  for (const auto& c : {Case{10, 4, 0.5}, Case{100, 50, 0.95}, Case{250, 100, 0.9}, Case{60, 200, 0.99}}) {
    const auto points = grid(c.bins);
    const auto bands = ecdf_bands(c.count, points, c.level);
    CATCH_CHECK(bands.coverage >= c.level);
    const double error = std::sqrt(bands.coverage * (1 - bands.coverage) / 20000);
    CATCH_CHECK(std::abs(simulated_coverage(c.count, points, bands, 20000) - bands.coverage) < 4.5 * error);
  }
}

CATCH_TEST_CASE("Bands are tight: their coverage is near the level once counts are fine", "[check]") {
  for (const double level : {0.5, 0.95, 1 - 0.01 / 7}) {
    const auto bands = ecdf_bands(1000, grid(1000), level);
    CATCH_CHECK(bands.coverage >= level);
    CATCH_CHECK(bands.coverage - level < 0.1 * (1 - level));
    CATCH_CHECK(bands.gamma > (1 - level) / 999);
    CATCH_CHECK(bands.gamma < 1 - level);
  }
}

CATCH_TEST_CASE("Bands mirror themselves", "[check]") {
  const auto bands = ecdf_bands(300, grid(64), 0.9);
  for (std::size_t i = 0; i < 63; ++i) CATCH_CHECK(bands.lower[i] + bands.upper[62 - i] == 300);
}

CATCH_TEST_CASE("Thousands of values at thousands of points take well under a second", "[check]") {
  const auto start = std::chrono::steady_clock::now();
  const auto bands = ecdf_bands(4000, grid(4000), 0.95);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  CATCH_INFO("seconds: " << seconds.count());
  CATCH_CHECK(bands.coverage >= 0.95);
  CATCH_CHECK(seconds.count() < 20);  // a bound for sanitized builds on busy machines
}

CATCH_TEST_CASE("Bands that cannot be are refused", "[check]") {
  CATCH_CHECK_THROWS_AS(ecdf_bands(0, {0.5}, 0.9), ConfigError);
  CATCH_CHECK_THROWS_AS(ecdf_bands(10, {0.5}, 1), ConfigError);
  CATCH_CHECK_THROWS_AS(ecdf_bands(10, {0.5, 0.5}, 0.9), ConfigError);
  CATCH_CHECK_THROWS_AS(ecdf_bands(10, {0.5, 1}, 0.9), ConfigError);
  CATCH_CHECK_THROWS_AS(ecdf_bands(10, {}, 0.9), ConfigError);
}

}  // namespace amortflow
