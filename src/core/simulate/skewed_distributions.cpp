#include <algorithm>

#include "amortflow/distributions.hpp"
#include "simulate/distribution_families.h"
#include "simulate/quadrature.h"
#include "simulate/special_functions.h"

namespace amortflow {

namespace {

/// Below this, the difference of two tails has lost half of its digits and the tail is integrated instead.
constexpr double kCancelled = 1e-6;

/// Where an integrand that falls like exp(-rate s - s^2 / 2) has less than 1e-17 left.
double range_of_decay(double rate) { return std::min(40 / rate, 9.0); }

// mu, sigma, lambda: a normal plus an exponential of rate lambda.
Tails exp_mod_normal_tails(double x, const double* a) {
  const double z = standard(x, a);
  const double rate = a[2] * a[1];
  // exp(rate^2 / 2 - rate z) P(Z <= z - rate): what the exponential part adds to the upper tail.
  const double added = std::exp(0.5 * rate * rate - rate * z + log_normal_lower_tail(z - rate));
  const Tails normal_part = normal_tails(z);
  const double lower = normal_part.lower - added;
  if (lower > kCancelled || z > 0) return {lower, normal_part.upper + added};
  const auto integrand = [&](double s) { return rate * std::exp(-rate * s + log_normal_lower_tail(z - s)); };
  return {integrate(integrand, 0, range_of_decay(rate - z)), 1 - std::max(lower, 0.0)};
}

Distribution exp_mod_normal_distribution() {
  Distribution d{};
  d.name = "exp_mod_normal";
  d.arguments = {"mu", "sigma", "lambda"};
  d.complaint = [](const double* a) {
    return all_positive<1>(a + 2) ? location_scale_complaint(a) : "`lambda` (the rate) must be positive";
  };
  d.support = whole_line;
  d.draw = [](rng& random, const double* a) { return normal(random, a[0], a[1]) + exponential(random, a[2]); };
  d.log_density = [](double x, const double* a) {
    const double z = standard(x, a);
    const double rate = a[2] * a[1];
    return std::log(a[2]) + 0.5 * rate * rate - rate * z + log_normal_lower_tail(z - rate);
  };
  d.tails = exp_mod_normal_tails;
  return d;
}

/// P(X <= z) of a skew normal of slant alpha where alpha z is far below 0: the integral of 2 phi(t) Phi(alpha t).
double skew_normal_far_tail(double z, double alpha) {
  const auto integrand = [&](double s) {
    const double t = z - s;
    return 2 * std::exp(-0.5 * t * t - kLogSqrt2Pi + log_normal_lower_tail(alpha * t));
  };
  return integrate(integrand, 0, range_of_decay(-z * (1 + alpha * alpha)));
}

Tails skew_normal_tails(double z, double alpha) {
  if (alpha < 0) {
    const Tails mirrored = skew_normal_tails(-z, -alpha);
    return {mirrored.upper, mirrored.lower};
  }
  const Tails normal_part = normal_tails(z);
  const double shift = 2 * owens_t(z, alpha);
  const double lower = normal_part.lower - shift;
  if (lower > kCancelled || z >= 0) return {lower, normal_part.upper + shift};
  return {skew_normal_far_tail(z, alpha), 1 - std::max(lower, 0.0)};
}

// xi, omega, alpha: location, scale, slant; Azzalini (1985).
Distribution skew_normal_distribution() {
  Distribution d{};
  d.name = "skew_normal";
  d.arguments = {"xi", "omega", "alpha"};
  d.complaint = [](const double* a) -> const char* {
    if (!std::isfinite(a[0]) || !std::isfinite(a[2])) return "`xi` and `alpha` must be finite";
    return all_positive<1>(a + 1) ? nullptr : "`omega` (the scale) must be positive";
  };
  d.support = whole_line;
  d.draw = [](rng& random, const double* a) {
    const double half = std::fabs(random.normal());
    const double z = random.normal();
    return a[0] + a[1] * (a[2] * half + z) / std::sqrt(1 + a[2] * a[2]);
  };
  d.log_density = [](double x, const double* a) {
    constexpr double kLog2 = 0.69314718055994530942;
    const double z = standard(x, a);
    return kLog2 - std::log(a[1]) - 0.5 * z * z - kLogSqrt2Pi + log_normal_lower_tail(a[2] * z);
  };
  d.tails = [](double x, const double* a) { return skew_normal_tails(standard(x, a), a[2]); };
  return d;
}

}  // namespace

std::vector<Distribution> skewed_distributions() { return {exp_mod_normal_distribution(), skew_normal_distribution()}; }

}  // namespace amortflow
