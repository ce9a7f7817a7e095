// Two moons: a posterior of two crescents, from the public benchmark of Lueckmann et al. (2021), "Benchmarking
// simulation-based inference" (task two_moons).
//
//   prior      theta ~ uniform(-1, 1, dim = 2)
//   observed   "vector" of 2
#include <limits>

#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr double kRootHalf = 0.70710678118654752440;
constexpr double kRadius = 0.1;
constexpr double kSpread = 0.01;

void two_moons(const double* theta, double* out, amortflow::rng& random) {
  constexpr double kHalfPi = 1.57079632679489661923;
  const double angle = amortflow::uniform(random, -kHalfPi, kHalfPi);
  const double radius = amortflow::normal(random, kRadius, kSpread);
  out[0] = radius * std::cos(angle) + 0.25 - std::fabs(theta[0] + theta[1]) * kRootHalf;
  out[1] = radius * std::sin(angle) + (theta[1] - theta[0]) * kRootHalf;
}

// In polar coordinates around the centre: the uniform angle has density 1 / pi, and the area element divides by the
// radius (which is positive but for one draw in 10^23).
void two_moons_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  constexpr double kLogPi = 1.14472988584940017414;
  const double u = data[0] - 0.25 + std::fabs(theta[0] + theta[1]) * kRootHalf;
  const double v = data[1] - (theta[1] - theta[0]) * kRootHalf;
  const double radius = std::hypot(u, v);
  out[0] = u > 0 ? amortflow::normal_lpdf(radius, kRadius, kSpread) - kLogPi - std::log(radius)
                 : -std::numeric_limits<double>::infinity();
}

AMORTFLOW_SIMULATOR(two_moons, amortflow::sizes().parameters(2).variables(2), two_moons_log_lik)
