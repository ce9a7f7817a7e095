#pragma once

#include <cmath>

#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

namespace amortflow {

/// Wald's distribution: mean `mu`, variance mu^3 / lambda. The time at which a Wiener process of drift v and variance
/// s^2 a unit of time first reaches a > 0 has mu = a / v and lambda = (a / s)^2. Michael, Schucany and Haas (1976),
/// "Generating random variates using transformations with multiple roots"; the smaller root is written without
/// cancellation.
inline double inverse_gaussian(rng& random, double mu, double lambda) {
  detail::require(mu > 0, "inverse_gaussian(): mu must be positive", mu);
  detail::require(lambda > 0, "inverse_gaussian(): lambda must be positive", lambda);
  const double z = random.normal();
  const double w = 0.5 * mu / lambda * z * z;
  const double larger = 1 + w + std::sqrt(w * (2 + w));  // in units of mu; the smaller root is its inverse
  return random.uniform() * (1 + larger) <= larger ? mu / larger : mu * larger;
}

}  // namespace amortflow
