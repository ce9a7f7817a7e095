#include <cmath>
#include <stdexcept>
#include <vector>

#include "amortflow/wiener.hpp"
#include "simulate/moments.h"
#include "support/catch.h"

using amortflow::rng;

namespace {

constexpr int kDraws = 100000;

struct Model {
  double alpha, tau, beta, delta;
};
const std::vector<Model> kModels = {{1, 0.3, 0.5, 1}, {1.5, 0.2, 0.4, -2}, {2.5, 0.5, 0.6, 3},
                                    {3, 0, 0.3, 5},   {2, 0.1, 0.37, 0},   {0.5, 0.2, 0.9, -0.7},
                                    {4, 0, 0.05, 2},  {2, 0, 0.5, 40},     {0.05, 0, 0.45, -0.01}};

double density(double rt, bool upper, const Model& m) {
  return std::exp(amortflow::wiener_lpdf(rt, upper, m.alpha, m.tau, m.beta, m.delta));
}

double probability_of_upper(const Model& m) {
  if (m.delta == 0) return m.beta;
  return std::expm1(-2 * m.delta * m.alpha * m.beta) / std::expm1(-2 * m.delta * m.alpha);
}

/// Share of responses at the boundary up to `rt`, by Simpson's rule on the log scale of time.
double share_up_to(double rt, bool upper, const Model& m) {
  constexpr int kSteps = 4000;
  const double low = std::log(1e-6 * m.alpha * m.alpha);
  const double h = (std::log(rt - m.tau) - low) / kSteps;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double t = std::exp(low + i * h);
    const double weight = i == 0 || i == kSteps ? 1 : (i % 2 == 1 ? 4 : 2);
    sum += weight * t * density(m.tau + t, upper, m);
  }
  return sum * h / 3;
}

}  // namespace

// Values of rtdists::ddiffusion (version 0.11-5).
CATCH_TEST_CASE("the density of responses is that of published software") {
  CATCH_CHECK(density(0.45, true, {1, 0.3, 0.5, 1}) == Catch::Approx(2.273762).epsilon(1e-6));
  CATCH_CHECK(density(0.45, false, {1, 0.3, 0.5, 1}) == Catch::Approx(0.8364703).epsilon(1e-6));
  CATCH_CHECK(density(0.7, true, {1, 0.3, 0.5, 1}) == Catch::Approx(0.5890811).epsilon(1e-6));
  CATCH_CHECK(density(1.2, false, {1, 0.3, 0.5, 1}) == Catch::Approx(0.014312928).epsilon(1e-7));
  CATCH_CHECK(density(0.45, true, {1.5, 0.2, 0.4, -2}) == Catch::Approx(0.056891971).epsilon(1e-7));
  CATCH_CHECK(density(0.45, false, {1.5, 0.2, 0.4, -2}) == Catch::Approx(1.8768518).epsilon(1e-7));
  CATCH_CHECK(density(0.7, false, {1.5, 0.2, 0.4, -2}) == Catch::Approx(0.56651354).epsilon(1e-7));
  CATCH_CHECK(density(0.7, true, {2.5, 0.5, 0.6, 3}) == Catch::Approx(2.9898354).epsilon(1e-7));
  CATCH_CHECK(density(0.7, false, {2.5, 0.5, 0.6, 3}) == Catch::Approx(0.00010898323).epsilon(1e-7));
  CATCH_CHECK(density(1.2, false, {2.5, 0.5, 0.6, 3}) == Catch::Approx(9.7325449e-05).epsilon(1e-7));
}

CATCH_TEST_CASE("the two series of the density meet") {
  for (const double w : {0.05, 0.3, 0.5, 0.8}) {
    const double before = amortflow::detail::standard_passage_log_density(std::nextafter(0.4, 0), w);
    const double after = amortflow::detail::standard_passage_log_density(0.4, w);
    CATCH_CHECK(before == Catch::Approx(after).epsilon(1e-12));
  }
}

CATCH_TEST_CASE("the density has the exact probability of the boundaries") {
  for (const auto& m : kModels) {
    const double end = m.tau + 60 * m.alpha * m.alpha;
    CATCH_CHECK(share_up_to(end, true, m) == Catch::Approx(probability_of_upper(m)).epsilon(1e-6));
    CATCH_CHECK(share_up_to(end, false, m) == Catch::Approx(1 - probability_of_upper(m)).epsilon(1e-6).margin(1e-9));
  }
}

// At most 7 comparisons for each of 9 models at 5 standard errors: a false alarm with probability 4e-5.
CATCH_TEST_CASE("responses have the exact choices, mean times and quantiles") {
  std::uint64_t seed = 0;
  for (const auto& m : kModels) {
    CATCH_INFO("alpha " << m.alpha << ", beta " << m.beta << ", delta " << m.delta);
    rng random(++seed);
    std::vector<double> time, lower;
    for (int i = 0; i < kDraws; ++i) {
      const auto response = amortflow::wiener(random, m.alpha, m.tau, m.beta, m.delta);
      time.push_back(response.rt);
      lower.push_back(response.upper ? 1e9 : response.rt);
    }
    const double upper = probability_of_upper(m);
    const double mean =
        m.tau + (m.delta == 0 ? m.alpha * m.alpha * m.beta * (1 - m.beta) : m.alpha * (upper - m.beta) / m.delta);
    double spread = 0;
    for (const double t : time) spread += (t - mean) * (t - mean);
    CATCH_CHECK(std::fabs(moments::mean_score(time, mean, spread / kDraws)) < moments::kBound);
    if (1 - upper > 1e-3) CATCH_CHECK(std::fabs(moments::share_score(lower, 1e8, 1 - upper)) < moments::kBound);
    for (const double factor : {0.4, 0.8, 1.0, 1.6, 3.0}) {
      const double t = m.tau + factor * (mean - m.tau);
      const double share = share_up_to(t, false, m);
      if (share > 1e-3) CATCH_CHECK(std::fabs(moments::share_score(lower, t, share)) < moments::kBound);
      const double all = share + share_up_to(t, true, m);
      if (share <= 1e-3 && all > 1e-3 && all < 0.999) {
        CATCH_CHECK(std::fabs(moments::share_score(time, t, all)) < moments::kBound);
      }
    }
  }
}

CATCH_TEST_CASE("responses cannot be earlier than tau, and what is no model is refused") {
  rng random(1);
  CATCH_CHECK(amortflow::wiener_lpdf(0.2, true, 1, 0.2, 0.5, 1) == -INFINITY);
  CATCH_CHECK_THROWS_AS(amortflow::wiener(random, 0, 0, 0.5, 1), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::wiener(random, 1, -1, 0.5, 1), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::wiener(random, 1, 0, 1, 1), std::domain_error);
  CATCH_CHECK_THROWS_AS(amortflow::wiener(random, 1, 0, 0.5, std::nan("")), std::domain_error);
  for (const double delta : {1e-300, 1000.0, -1e8}) {
    const auto response = amortflow::wiener(random, 2, 0, 0.3, delta);
    CATCH_CHECK((std::isfinite(response.rt) && response.rt > 0));
  }
}
