#include <array>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "amortflow/distributions.hpp"
#include "simulate/moments.h"
#include "support/catch.h"

using amortflow::rng;

namespace {

constexpr std::array<double, 9> kCovariance{4, 1.2, -0.8, 1.2, 1, 0.3, -0.8, 0.3, 2};

}  // namespace

CATCH_TEST_CASE("a Cholesky factor times its transpose is the matrix") {
  auto factor = kCovariance;
  amortflow::cholesky(factor.data(), 3);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += factor[3 * i + k] * factor[3 * j + k];
      CATCH_CHECK(sum == Catch::Approx(kCovariance[3 * i + j]));
      if (j > i) CATCH_CHECK(factor[3 * i + j] == 0);
    }
  }
}

CATCH_TEST_CASE("a matrix that is not positive definite has no Cholesky factor") {
  std::array<double, 4> singular{1, 2, 2, 4};
  std::array<double, 4> unknown{1, 0, std::nan(""), 4};
  CATCH_CHECK_THROWS_WITH(amortflow::cholesky(singular.data(), 2), Catch::contains_text("positive definite"));
  CATCH_CHECK_THROWS_AS(amortflow::cholesky(unknown.data(), 2), std::domain_error);
}

// 9 comparisons at 5 standard errors: a false alarm with probability 5e-6.
CATCH_TEST_CASE("normal vectors have the mean and covariance asked for") {
  constexpr std::size_t kDraws = 200000;
  const std::array<double, 3> mu{1, -2, 0.5};
  auto factor = kCovariance;
  amortflow::cholesky(factor.data(), 3);
  rng random(8);
  std::array<std::vector<double>, 3> errors;
  for (std::size_t i = 0; i < kDraws; ++i) {
    std::array<double, 3> out{};
    amortflow::multi_normal_cholesky(random, mu.data(), factor.data(), 3, out.data());
    for (std::size_t j = 0; j < 3; ++j) errors[j].push_back(out[j] - mu[j]);
  }
  for (std::size_t j = 0; j < 3; ++j) {
    CATCH_CHECK(std::fabs(moments::mean_score(errors[j], 0, kCovariance[4 * j])) < moments::kBound);
    for (std::size_t k = 0; k <= j; ++k) {
      std::vector<double> products(kDraws);
      for (std::size_t i = 0; i < kDraws; ++i) products[i] = errors[j][i] * errors[k][i];
      const double covariance = kCovariance[3 * j + k];
      const double variance = kCovariance[4 * j] * kCovariance[4 * k] + covariance * covariance;  // Isserlis
      CATCH_CHECK(std::fabs(moments::mean_score(products, covariance, variance)) < moments::kBound);
    }
  }
}
