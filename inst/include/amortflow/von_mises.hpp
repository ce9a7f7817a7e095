#pragma once

#include <cmath>

#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

namespace amortflow {

namespace detail {

/// Above this concentration an angle is normal with variance 1 / kappa up to a relative error of 1 / kappa.
inline constexpr double kNormalConcentration = 1e7;

/// Parameter s = (1 + rho^2) / (2 rho) of the wrapped Cauchy envelope: Best and Fisher (1979), eqs 4 and 5. Near
/// kappa = 0 its series, where the closed form cancels.
inline double von_mises_envelope(double kappa) noexcept {
  if (kappa < 1e-5) return 1 / kappa + kappa;
  const double tau = 1 + std::sqrt(1 + 4 * kappa * kappa);
  const double rho = (tau - std::sqrt(2 * tau)) / (2 * kappa);
  return (1 + rho * rho) / (2 * rho);
}

/// Distance from the mean, from 0 to pi: Best and Fisher (1979), "Efficient simulation of the von Mises distribution".
inline double von_mises_distance(rng& random, double kappa) noexcept {
  constexpr double kPi = 3.14159265358979323846;
  const double s = von_mises_envelope(kappa);
  for (;;) {
    const double z = std::cos(kPi * random.uniform());
    const double cosine = (1 + s * z) / (s + z);
    const double c = kappa * (s - cosine);
    const double u = random.uniform();
    if (c * (2 - c) > u || std::log(c / u) + 1 - c >= 0) return std::acos(cosine);
  }
}

}  // namespace detail

/// Angle between -pi and pi with density proportional to exp(kappa cos(x - mu)); `mu` in radians.
inline double von_mises(rng& random, double mu, double kappa) {
  constexpr double kPi = 3.14159265358979323846;
  detail::require(std::isfinite(mu), "von_mises(): mu must be finite", mu);
  detail::require(kappa >= 0, "von_mises(): kappa must be at least 0", kappa);
  double distance = 0;
  if (kappa > detail::kNormalConcentration) {
    distance = random.normal() / std::sqrt(kappa);
  } else if (kappa < 1e-8) {
    distance = kPi * (2 * random.uniform() - 1);
  } else {
    distance = detail::von_mises_distance(random, kappa);
    if (random.uniform() < 0.5) distance = -distance;
  }
  return std::remainder(mu + distance, 2 * kPi);
}

}  // namespace amortflow
