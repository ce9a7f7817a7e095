#include "amortflow/distributions.hpp"
#include "simulate/distribution_families.h"

namespace amortflow {

namespace {

double gamma_log_density(double x, double shape, double rate) {
  return shape * std::log(rate) + power_term(shape, std::log(x)) - rate * x - log_gamma(shape);
}

double inv_gamma_log_density(double x, double shape, double scale) {
  if (!(x > 0)) return -kInfinity;
  return shape * std::log(scale) - (shape + 1) * std::log(x) - scale / x - log_gamma(shape);
}

Tails inv_gamma_tails(double x, double shape, double scale) {
  if (!(x > 0)) return Tails{0, 1};
  const Tails of_inverse = gamma_tails(scale / x, shape);
  return Tails{of_inverse.upper, of_inverse.lower};
}

const char* nu_complaint(const double* a) {
  return all_positive<1>(a) ? nullptr : "`nu` (the degrees of freedom) must be positive";
}

Distribution chi_square_distribution() {
  Distribution d{};
  d.name = "chi_square";
  d.arguments = {"nu"};
  d.complaint = nu_complaint;
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return gamma(random, a[0] / 2, 0.5); };
  d.log_density = [](double x, const double* a) { return gamma_log_density(x, a[0] / 2, 0.5); };
  d.tails = [](double x, const double* a) { return gamma_tails(x / 2, a[0] / 2); };
  return d;
}

Distribution exponential_distribution() {
  Distribution d{};
  d.name = "exponential";
  d.arguments = {"beta"};
  d.complaint = [](const double* a) { return all_positive<1>(a) ? nullptr : "`beta` (the rate) must be positive"; };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return exponential(random, a[0]); };
  d.log_density = [](double x, const double* a) { return std::log(a[0]) - a[0] * x; };
  d.tails = [](double x, const double* a) { return Tails{-std::expm1(-a[0] * x), std::exp(-a[0] * x)}; };
  d.quantile = [](const Tails& t, const double* a) { return cumulative_hazard(t) / a[0]; };
  return d;
}

Distribution gamma_distribution() {
  Distribution d{};
  d.name = "gamma";
  d.arguments = {"alpha", "beta"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`alpha` (the shape) and `beta` (the rate) must be positive";
  };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return gamma(random, a[0], a[1]); };
  d.log_density = [](double x, const double* a) { return gamma_log_density(x, a[0], a[1]); };
  d.tails = [](double x, const double* a) { return gamma_tails(a[1] * x, a[0]); };
  return d;
}

Distribution inv_chi_square_distribution() {
  Distribution d{};
  d.name = "inv_chi_square";
  d.arguments = {"nu"};
  d.complaint = nu_complaint;
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return 0.5 / gamma(random, a[0] / 2); };
  d.log_density = [](double x, const double* a) { return inv_gamma_log_density(x, a[0] / 2, 0.5); };
  d.tails = [](double x, const double* a) { return inv_gamma_tails(x, a[0] / 2, 0.5); };
  return d;
}

Distribution inv_gamma_distribution() {
  Distribution d{};
  d.name = "inv_gamma";
  d.arguments = {"alpha", "beta"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`alpha` (the shape) and `beta` (the scale) must be positive";
  };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return a[1] / gamma(random, a[0]); };
  d.log_density = [](double x, const double* a) { return inv_gamma_log_density(x, a[0], a[1]); };
  d.tails = [](double x, const double* a) { return inv_gamma_tails(x, a[0], a[1]); };
  return d;
}

Distribution lognormal_distribution() {
  Distribution d{};
  d.name = "lognormal";
  d.arguments = {"mu", "sigma"};
  d.complaint = location_scale_complaint;
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return lognormal(random, a[0], a[1]); };
  d.log_density = [](double x, const double* a) {
    if (!(x > 0)) return -kInfinity;
    const double z = standard(std::log(x), a);
    return -0.5 * z * z - std::log(a[1]) - kLogSqrt2Pi - std::log(x);
  };
  d.tails = [](double x, const double* a) { return x > 0 ? normal_tails(standard(std::log(x), a)) : Tails{0, 1}; };
  d.quantile = [](const Tails& t, const double* a) { return std::exp(a[0] + a[1] * normal_quantile(t)); };
  return d;
}

Distribution rayleigh_distribution() {
  Distribution d{};
  d.name = "rayleigh";
  d.arguments = {"sigma"};
  d.complaint = [](const double* a) { return all_positive<1>(a) ? nullptr : "`sigma` must be positive"; };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return a[0] * std::sqrt(-2 * std::log(random.uniform())); };
  d.log_density = [](double x, const double* a) {
    const double z = x / a[0];
    return std::log(z) - std::log(a[0]) - 0.5 * z * z;
  };
  d.tails = [](double x, const double* a) {
    const double hazard = 0.5 * (x / a[0]) * (x / a[0]);
    return Tails{-std::expm1(-hazard), std::exp(-hazard)};
  };
  d.quantile = [](const Tails& t, const double* a) { return a[0] * std::sqrt(2 * cumulative_hazard(t)); };
  return d;
}

Distribution scaled_inv_chi_square_distribution() {
  Distribution d{};
  d.name = "scaled_inv_chi_square";
  d.arguments = {"nu", "sigma"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`nu` (the degrees of freedom) and `sigma` (the scale) must be positive";
  };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return 0.5 * a[0] * a[1] * a[1] / gamma(random, a[0] / 2); };
  d.log_density = [](double x, const double* a) {
    return inv_gamma_log_density(x, a[0] / 2, 0.5 * a[0] * a[1] * a[1]);
  };
  d.tails = [](double x, const double* a) { return inv_gamma_tails(x, a[0] / 2, 0.5 * a[0] * a[1] * a[1]); };
  return d;
}

Distribution weibull_distribution() {
  Distribution d{};
  d.name = "weibull";
  d.arguments = {"alpha", "sigma"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`alpha` (the shape) and `sigma` (the scale) must be positive";
  };
  d.support = positive_line;
  d.draw = [](rng& random, const double* a) { return a[1] * std::pow(-std::log(random.uniform()), 1 / a[0]); };
  d.log_density = [](double x, const double* a) {
    return std::log(a[0] / a[1]) + power_term(a[0], std::log(x / a[1])) - std::pow(x / a[1], a[0]);
  };
  d.tails = [](double x, const double* a) {
    const double hazard = x > 0 ? std::pow(x / a[1], a[0]) : 0;
    return Tails{-std::expm1(-hazard), std::exp(-hazard)};
  };
  d.quantile = [](const Tails& t, const double* a) { return a[1] * std::pow(cumulative_hazard(t), 1 / a[0]); };
  return d;
}

}  // namespace

std::vector<Distribution> positive_distributions() {
  return {chi_square_distribution(), exponential_distribution(),
          gamma_distribution(),      inv_chi_square_distribution(),
          inv_gamma_distribution(),  lognormal_distribution(),
          rayleigh_distribution(),   scaled_inv_chi_square_distribution(),
          weibull_distribution()};
}

}  // namespace amortflow
