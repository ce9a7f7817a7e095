#include "amortflow/philox.hpp"
#include "simulate/distribution_families.h"

namespace amortflow {

namespace {

Distribution frechet_distribution() {
  Distribution d{};
  d.name = "frechet";
  d.arguments = {"alpha", "sigma"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`alpha` (the shape) and `sigma` (the scale) must be positive";
  };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return a[1] * std::pow(-std::log(random.uniform()), -1 / a[0]); };
  d.log_density = [](double x, const double* a) {
    if (!(x > 0)) return -kInfinity;
    const double log_z = std::log(x / a[1]);
    return std::log(a[0] / a[1]) - (1 + a[0]) * log_z - std::exp(-a[0] * log_z);
  };
  d.tails = [](double x, const double* a) {
    if (!(x > 0)) return Tails{0, 1};
    const double hazard = std::pow(x / a[1], -a[0]);
    return Tails{std::exp(-hazard), -std::expm1(-hazard)};
  };
  d.quantile = [](const Tails& t, const double* a) { return a[1] * std::pow(reversed_hazard(t), -1 / a[0]); };
  return d;
}

Distribution loglogistic_distribution() {
  Distribution d{};
  d.name = "loglogistic";
  d.arguments = {"alpha", "beta"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`alpha` (the scale) and `beta` (the shape) must be positive";
  };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) {
    const double u = random.uniform();
    return a[0] * std::exp((std::log(u) - std::log1p(-u)) / a[1]);
  };
  d.log_density = [](double x, const double* a) {
    const double log_z = std::log(x / a[0]);
    const double y = a[1] * log_z;
    const double both = y > 0 ? y + std::log1p(std::exp(-y)) : std::log1p(std::exp(y));  // log(1 + z^beta)
    return std::log(a[1] / a[0]) + power_term(a[1], log_z) - 2 * both;
  };
  d.tails = [](double x, const double* a) {
    if (!(x > 0)) return Tails{0, 1};
    const double odds = std::pow(x / a[0], a[1]);
    return Tails{1 / (1 + 1 / odds), 1 / (1 + odds)};
  };
  d.quantile = [](const Tails& t, const double* a) {
    return a[0] * std::exp((std::log(t.lower) - std::log(t.upper)) / a[1]);
  };
  return d;
}

Distribution pareto_distribution() {
  Distribution d{};
  d.name = "pareto";
  d.arguments = {"y_min", "alpha"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`y_min` (the least value) and `alpha` (the shape) must be positive";
  };
  d.support = [](const double* a) { return Interval{a[0], kInfinity}; };
  d.draw = [](rng& random, const double* a) { return a[0] * std::exp(-std::log(random.uniform()) / a[1]); };
  d.log_density = [](double x, const double* a) { return std::log(a[1] / a[0]) - (a[1] + 1) * std::log(x / a[0]); };
  d.tails = [](double x, const double* a) {
    const double hazard = a[1] * std::log(x / a[0]);
    return Tails{-std::expm1(-hazard), std::exp(-hazard)};
  };
  d.quantile = [](const Tails& t, const double* a) { return a[0] * std::exp(cumulative_hazard(t) / a[1]); };
  return d;
}

Distribution pareto_type_2_distribution() {
  Distribution d{};
  d.name = "pareto_type_2";
  d.arguments = {"mu", "lambda", "alpha"};
  d.complaint = [](const double* a) -> const char* {
    if (!std::isfinite(a[0])) return "`mu` (the least value) must be finite";
    return all_positive<2>(a + 1) ? nullptr : "`lambda` (the scale) and `alpha` (the shape) must be positive";
  };
  d.support = [](const double* a) { return Interval{a[0], kInfinity}; };
  d.draw = [](rng& random, const double* a) { return a[0] + a[1] * std::expm1(-std::log(random.uniform()) / a[2]); };
  d.log_density = [](double x, const double* a) {
    return std::log(a[2] / a[1]) - (a[2] + 1) * std::log1p((x - a[0]) / a[1]);
  };
  d.tails = [](double x, const double* a) {
    const double hazard = a[2] * std::log1p((x - a[0]) / a[1]);
    return Tails{-std::expm1(-hazard), std::exp(-hazard)};
  };
  d.quantile = [](const Tails& t, const double* a) { return a[0] + a[1] * std::expm1(cumulative_hazard(t) / a[2]); };
  return d;
}

}  // namespace

std::vector<Distribution> heavy_tailed_distributions() {
  return {frechet_distribution(), loglogistic_distribution(), pareto_distribution(), pareto_type_2_distribution()};
}

}  // namespace amortflow
