// Two moons: a posterior of two crescents, from the public benchmark of Lueckmann et al. (2021), "Benchmarking
// simulation-based inference" (task two_moons).
//
//   prior      theta ~ uniform(-1, 1, dim = 2)
//   observed   "vector" of 2
#include <amortflow/simulator.hpp>

void two_moons(const double* theta, double* out, amortflow::rng& random) {
  constexpr double kHalfPi = 1.57079632679489661923;
  constexpr double kRootHalf = 0.70710678118654752440;
  const double angle = amortflow::uniform(random, -kHalfPi, kHalfPi);
  const double radius = amortflow::normal(random, 0.1, 0.01);
  out[0] = radius * std::cos(angle) + 0.25 - std::fabs(theta[0] + theta[1]) * kRootHalf;
  out[1] = radius * std::sin(angle) + (theta[1] - theta[0]) * kRootHalf;
}

AMORTFLOW_SIMULATOR(two_moons, amortflow::sizes().parameters(2).variables(2))
