#include <algorithm>

#include "amortflow/distributions.hpp"
#include "base/constants.h"
#include "simulate/distribution_families.h"
#include "simulate/quadrature.h"
#include "simulate/special_functions.h"

namespace amortflow {

namespace {

Interval unit_interval(const double*) { return {0, 1}; }

double beta_log_density(double x, double a, double b) {
  return power_term(a, std::log(x)) + power_term(b, std::log1p(-x)) - log_beta(a, b);
}

Distribution beta_distribution() {
  Distribution d{};
  d.name = "beta";
  d.arguments = {"alpha", "beta"};
  d.complaint = [](const double* a) { return all_positive<2>(a) ? nullptr : "`alpha` and `beta` must be positive"; };
  d.support = unit_interval;
  d.draw = [](rng& random, const double* a) { return beta(random, a[0], a[1]); };
  d.log_density = [](double x, const double* a) { return beta_log_density(x, a[0], a[1]); };
  d.tails = [](double x, const double* a) { return beta_tails(x, a[0], a[1]); };
  return d;
}

Distribution beta_proportion_distribution() {
  Distribution d{};
  d.name = "beta_proportion";
  d.arguments = {"mu", "kappa"};
  d.complaint = [](const double* a) -> const char* {
    if (!(a[0] > 0 && a[0] < 1)) return "`mu` (the mean) must lie between 0 and 1";
    return all_positive<1>(a + 1) ? nullptr : "`kappa` (the precision) must be positive";
  };
  d.support = unit_interval;
  d.draw = [](rng& random, const double* a) { return beta(random, a[0] * a[1], (1 - a[0]) * a[1]); };
  d.log_density = [](double x, const double* a) { return beta_log_density(x, a[0] * a[1], (1 - a[0]) * a[1]); };
  d.tails = [](double x, const double* a) { return beta_tails(x, a[0] * a[1], (1 - a[0]) * a[1]); };
  return d;
}

Distribution uniform_distribution() {
  Distribution d{};
  d.name = "uniform";
  d.arguments = {"alpha", "beta"};
  d.complaint = [](const double* a) {
    const bool valid = std::isfinite(a[0]) && std::isfinite(a[1]) && a[0] < a[1];
    return valid ? nullptr : "`alpha` must be below `beta`, both finite";
  };
  d.support = [](const double* a) { return Interval{a[0], a[1]}; };
  d.draw = [](rng& random, const double* a) { return uniform(random, a[0], a[1]); };
  d.log_density = [](double, const double* a) { return -std::log(a[1] - a[0]); };
  d.tails = [](double x, const double* a) { return Tails{(x - a[0]) / (a[1] - a[0]), (a[1] - x) / (a[1] - a[0])}; };
  d.quantile = [](const Tails& t, const double* a) {
    return t.lower < t.upper ? a[0] + t.lower * (a[1] - a[0]) : a[1] - t.upper * (a[1] - a[0]);
  };
  return d;
}

/// An angle in (-pi, pi).
double wrapped(double angle) { return angle - 2 * kPi * std::round(angle / (2 * kPi)); }

/// P(0 < D < deviation) of the angle D between a von Mises variable and its centre; odd in `deviation`.
double von_mises_within(double deviation, double kappa) {
  const double width = kappa > 0 ? std::min(std::fabs(deviation), 9 / std::sqrt(kappa)) : std::fabs(deviation);
  const auto integrand = [kappa](double t) {
    const double s = std::sin(0.5 * t);
    return std::exp(-2 * kappa * s * s);
  };
  const double share = integrate(integrand, 0, width) / (2 * kPi) * std::exp(-log_scaled_bessel_i0(kappa));
  return deviation < 0 ? -share : share;
}

Tails von_mises_tails(double x, const double* a) {
  const double centre = wrapped(a[0]);
  // The density's far side is cut at -pi: what lies between there and x, around the circle.
  const double from = wrapped(-kPi - centre);
  const double to = from + (x + kPi);
  const double before = von_mises_within(from, a[1]);
  double lower = to <= kPi ? von_mises_within(to, a[1]) - before : 1 + von_mises_within(to - 2 * kPi, a[1]) - before;
  lower = std::min(std::max(lower, 0.0), 1.0);
  return {lower, 1 - lower};
}

/// Best and Fisher (1979), "Efficient simulation of the von Mises distribution".
double draw_von_mises(rng& random, const double* a) {
  const double kappa = a[1];
  if (kappa < 1e-8) return kPi * (2 * random.uniform() - 1);
  const double tau = 1 + std::sqrt(1 + 4 * kappa * kappa);
  const double rho = (tau - std::sqrt(2 * tau)) / (2 * kappa);
  // (1 + rho^2) / (2 rho) without cancellation for large kappa.
  const double r = 1 + (1 - rho) * (1 - rho) / (2 * rho);
  for (;;) {
    const double z = std::cos(kPi * random.uniform());
    const double f = (1 + r * z) / (r + z);
    const double c = kappa * (r - f);
    const double u = random.uniform();
    if (c * (2 - c) <= u && std::log(c / u) + 1 < c) continue;
    const double angle = std::acos(std::min(std::max(f, -1.0), 1.0));
    return wrapped(a[0] + (random.uniform() < 0.5 ? -angle : angle));
  }
}

Distribution von_mises_distribution() {
  Distribution d{};
  d.name = "von_mises";
  d.arguments = {"mu", "kappa"};
  d.complaint = [](const double* a) -> const char* {
    if (!std::isfinite(a[0])) return "`mu` must be finite";
    return a[1] >= 0 && a[1] < 1e8 ? nullptr : "`kappa` (the concentration) must be at least 0 and less than 1e8";
  };
  d.support = [](const double*) { return Interval{-kPi, kPi}; };
  d.draw = draw_von_mises;
  d.log_density = [](double x, const double* a) {
    const double s = std::sin(0.5 * (x - a[0]));
    return -2 * a[1] * s * s - std::log(2 * kPi) - log_scaled_bessel_i0(a[1]);
  };
  d.tails = von_mises_tails;
  return d;
}

}  // namespace

std::vector<Distribution> bounded_distributions() {
  return {beta_distribution(), beta_proportion_distribution(), uniform_distribution(), von_mises_distribution()};
}

}  // namespace amortflow
