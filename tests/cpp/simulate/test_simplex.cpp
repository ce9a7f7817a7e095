#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "amortflow/distributions.hpp"
#include "simulate/moments.h"
#include "support/catch.h"

using amortflow::rng;

namespace {

constexpr int kDraws = 100000;
constexpr std::array<double, 4> kWeights{1, 0, 5, 2};  // need not sum to 1
constexpr double kSum = 8;

}  // namespace

// 4 comparisons at 5 standard errors: a false alarm with probability 2e-6.
CATCH_TEST_CASE("categories are drawn in proportion to their weights") {
  rng random(1);
  std::vector<double> values;
  for (int i = 0; i < kDraws; ++i) {
    values.push_back(static_cast<double>(amortflow::categorical(random, kWeights.data(), kWeights.size())));
  }
  CATCH_CHECK(std::fabs(moments::share_score(values, 0, 1 / kSum)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::share_score(values, 2, 6 / kSum)) < moments::kBound);
  for (const double value : values) CATCH_REQUIRE(value != 1);
}

// 12 comparisons at 5 standard errors: a false alarm with probability 7e-6.
CATCH_TEST_CASE("multinomial counts have exact moments and sum to the size") {
  constexpr double kSize = 30;
  rng random(2);
  std::array<std::vector<double>, 4> counts;
  std::vector<double> products;
  for (int i = 0; i < kDraws; ++i) {
    std::array<double, 4> out{};
    amortflow::multinomial(random, kSize, kWeights.data(), 4, out.data());
    CATCH_REQUIRE(out[0] + out[1] + out[2] + out[3] == kSize);
    CATCH_REQUIRE(out[1] == 0);
    for (std::size_t k = 0; k < 4; ++k) counts[k].push_back(out[k]);
    products.push_back(out[0] * out[2]);
  }
  for (const std::size_t k : {0u, 2u, 3u}) {
    const double p = kWeights[k] / kSum;
    CATCH_CHECK(std::fabs(moments::mean_score(counts[k], kSize * p, kSize * p * (1 - p))) < moments::kBound);
    CATCH_CHECK(std::fabs(moments::variance_score(counts[k], kSize * p, kSize * p * (1 - p))) < moments::kBound);
  }
  // E(X_i X_j) = n (n - 1) p_i p_j; the standard error is estimated.
  const double expected = kSize * (kSize - 1) * kWeights[0] * kWeights[2] / kSum / kSum;
  double spread = 0;
  for (const double product : products) spread += (product - expected) * (product - expected);
  CATCH_CHECK(std::fabs(moments::mean_score(products, expected, spread / kDraws)) < moments::kBound);
}

// 9 comparisons at 5 standard errors: a false alarm with probability 5e-6.
CATCH_TEST_CASE("dirichlet vectors have exact moments and sum to 1") {
  constexpr std::array<double, 3> kAlpha{0.2, 1.5, 4};
  constexpr double kTotal = 5.7;
  rng random(3);
  std::array<std::vector<double>, 3> shares;
  for (int i = 0; i < kDraws; ++i) {
    std::array<double, 3> out{};
    amortflow::dirichlet(random, kAlpha.data(), 3, out.data());
    CATCH_REQUIRE(out[0] + out[1] + out[2] == Catch::Approx(1).epsilon(1e-14));
    for (std::size_t k = 0; k < 3; ++k) shares[k].push_back(out[k]);
  }
  for (std::size_t k = 0; k < 3; ++k) {
    const double mean = kAlpha[k] / kTotal;
    const double variance = mean * (1 - mean) / (kTotal + 1);
    CATCH_CHECK(std::fabs(moments::mean_score(shares[k], mean, variance)) < moments::kBound);
    CATCH_CHECK(std::fabs(moments::variance_score(shares[k], mean, variance)) < moments::kBound);
  }
}

CATCH_TEST_CASE("dirichlet does not underflow, and small last weights keep their digits") {
  rng random(4);
  const std::array<double, 2> tiny{1e-4, 1e-4};
  const std::array<double, 3> uneven{1, 1e-30, 1e-30};
  std::array<double, 3> out{};
  for (int i = 0; i < 1000; ++i) {
    amortflow::dirichlet(random, tiny.data(), 2, out.data());
    CATCH_REQUIRE(out[0] + out[1] == Catch::Approx(1));
    amortflow::multinomial(random, 10, uneven.data(), 3, out.data());
    CATCH_REQUIRE(out[0] == 10);
  }
}

CATCH_TEST_CASE("weights that are no weights are refused") {
  rng random(1);
  std::array<double, 2> out{};
  const std::array<double, 2> negative{1, -1};
  const std::array<double, 2> none{0, 0};
  const std::array<double, 2> unknown{1, std::nan("")};
  CATCH_CHECK_THROWS_WITH(amortflow::categorical(random, negative.data(), 2), Catch::contains_text("weights must not"));
  CATCH_CHECK_THROWS_AS(amortflow::categorical(random, none.data(), 2), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::categorical(random, none.data(), 0), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::multinomial(random, 3, unknown.data(), 2, out.data()), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::dirichlet(random, none.data(), 2, out.data()), std::domain_error);
}
