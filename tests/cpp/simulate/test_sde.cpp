#include <array>
#include <cmath>
#include <vector>

#include "amortflow/sde.hpp"
#include "simulate/moments.h"
#include "support/catch.h"

using amortflow::rng;

namespace {

constexpr int kPaths = 20000;

/// Exact moments of dx = -rate x dt + sd dW after `steps` steps of the method: x is normal.
struct Discrete {
  double mean;
  double variance;
};
Discrete ornstein_uhlenbeck(double start, double rate, double sd, double h, int steps) {
  const double keep = 1 - rate * h;
  const double kept = std::pow(keep, steps);
  return {start * kept, sd * sd * h * (1 - kept * kept) / (1 - keep * keep)};
}

}  // namespace

// 2 comparisons at 5 standard errors: a false alarm with probability 1e-6.
CATCH_TEST_CASE("Ornstein-Uhlenbeck paths have the method's exact moments, near those of the process") {
  std::vector<double> ends;
  rng random(1);
  for (int i = 0; i < kPaths; ++i) {
    double x = 3;
    const double reached = amortflow::euler_maruyama(
        x, 0, 1, 50, [](double, double at) { return -2 * at; }, [](double, double) { return 0.7; }, random);
    CATCH_REQUIRE(reached == 1);
    ends.push_back(x);
  }
  const Discrete exact = ornstein_uhlenbeck(3, 2, 0.7, 0.02, 50);
  CATCH_CHECK(std::fabs(moments::mean_score(ends, exact.mean, exact.variance)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::variance_score(ends, exact.mean, exact.variance)) < moments::kBound);
  CATCH_CHECK(exact.mean == Catch::Approx(3 * std::exp(-2.0)).epsilon(0.05));
  CATCH_CHECK(exact.variance == Catch::Approx(0.49 / 4 * (1 - std::exp(-4.0))).epsilon(0.05));
}

CATCH_TEST_CASE("paths of geometric Brownian motion converge with order 1/2") {
  // The same Brownian path at several steps: noise from the fine grid is added up.
  const auto error = [](int steps) {
    constexpr int kFine = 1024;
    double sum = 0;
    for (std::uint64_t path = 0; path < 2000; ++path) {
      rng random(3, path);
      double x = 1;
      double w = 0;
      for (int step = 0; step < steps; ++step) {
        double dw = 0;
        for (int i = 0; i < kFine / steps; ++i) dw += random.normal() / std::sqrt(kFine);
        x += 0.5 * x / steps + x * dw;
        w += dw;
      }
      sum += std::fabs(x - std::exp(w));  // the drift 1/2 cancels Ito's correction
    }
    return sum / 2000;
  };
  CATCH_CHECK(error(16) / error(256) == Catch::Approx(4).epsilon(0.2));
  // And the helper takes exactly these steps.
  rng one(4);
  rng other(4);
  double x = 1;
  amortflow::euler_maruyama(
      x, 0, 1, 16, [](double, double at) { return 0.5 * at; }, [](double, double at) { return at; }, one);
  double y = 1;
  for (int step = 0; step < 16; ++step) y += 0.5 * y / 16 + y * 0.25 * other.normal();
  CATCH_CHECK(x == Catch::Approx(y).epsilon(1e-14));
}

CATCH_TEST_CASE("without noise Euler-Maruyama is Euler's method, for arrays and vectors, and hands on the time") {
  const auto drift = [](double t, const auto& y, auto& dy) {
    dy[0] = y[1];
    dy[1] = 2 * t;
  };
  const auto no_noise = [](double, const auto&, auto& sd) { sd[0] = sd[1] = 0; };
  rng random(1);
  std::array<double, 2> array{0, 1};
  std::vector<double> vector{0, 1};
  amortflow::euler_maruyama(array, 1, 2, 1000, drift, no_noise, random);
  amortflow::euler_maruyama(vector, 1, 2, 1000, drift, no_noise, random);
  CATCH_CHECK(array[0] == vector[0]);
  CATCH_CHECK(array[1] == vector[1]);
  CATCH_CHECK(array[1] == Catch::Approx(4).epsilon(2e-3));        // 1 + (2^2 - 1^2)
  CATCH_CHECK(array[0] == Catch::Approx(7.0 / 3).epsilon(3e-3));  // integral of t^2
}

// 4 comparisons at 5 standard errors: a false alarm with probability 2e-6.
CATCH_TEST_CASE("each element has noise of its own") {
  rng random(2);
  std::vector<double> first, second, products;
  for (int i = 0; i < kPaths; ++i) {
    std::array<double, 2> y{0, 0};
    amortflow::euler_maruyama(
        y, 0, 2, 10, [](double, const auto&, auto& dy) { dy[0] = dy[1] = 0; },
        [](double, const auto&, auto& sd) {
          sd[0] = 1;
          sd[1] = 3;
        },
        random);
    first.push_back(y[0]);
    second.push_back(y[1]);
    products.push_back(y[0] * y[1]);
  }
  CATCH_CHECK(std::fabs(moments::variance_score(first, 0, 2)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::variance_score(second, 0, 18)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::mean_score(products, 0, 36)) < moments::kBound);
}

CATCH_TEST_CASE("a path is reflected and absorbed as after_step says") {
  rng random(3);
  double lowest = 0;
  double x = 0;
  const auto drift = [](double, double) { return 0.5; };
  const auto noise = [](double, double) { return 1.0; };
  const double reached = amortflow::euler_maruyama(x, 0, 1000, 100000, drift, noise, random, [&](double t, double& at) {
    CATCH_REQUIRE(t > 0);
    if (at < 0) at = 0;
    lowest = std::fmin(lowest, at);
    return at < 5;
  });
  CATCH_CHECK(lowest == 0);
  CATCH_CHECK(x >= 5);
  CATCH_CHECK(reached < 1000);
  CATCH_CHECK(reached == Catch::Approx(std::round(reached * 100) / 100));
}
