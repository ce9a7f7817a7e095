#include "simulate/distributions.h"

#include <cmath>
#include <limits>

#include "amortflow/distributions.hpp"
#include "base/errors.h"

namespace amortflow {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLogSqrt2Pi = 0.91893853320467274178;
constexpr double kLogPi = 1.1447298858494001741;
constexpr double kPi = 3.14159265358979323846;

Interval whole_line(const double*) { return {-kInfinity, kInfinity}; }
Interval positive_line(const double*) { return {0, kInfinity}; }

double standard(double x, const double* location_scale) { return (x - location_scale[0]) / location_scale[1]; }

const char* location_scale_complaint(const double* a) {
  if (!std::isfinite(a[0])) return "`mu` must be finite";
  if (!(a[1] > 0 && std::isfinite(a[1]))) return "`sigma` must be positive";
  return nullptr;
}

template <int kCount>
bool all_positive(const double* a) {
  for (int i = 0; i < kCount; ++i) {
    if (!(a[i] > 0 && std::isfinite(a[i]))) return false;
  }
  return true;
}

double normal_log_density(double x, const double* a) {
  const double z = standard(x, a);
  return -0.5 * z * z - std::log(a[1]) - kLogSqrt2Pi;
}

Distribution beta_distribution() {
  Distribution d{};
  d.name = "beta";
  d.arguments = {"alpha", "beta"};
  d.complaint = [](const double* a) { return all_positive<2>(a) ? nullptr : "`alpha` and `beta` must be positive"; };
  d.support = [](const double*) { return Interval{0, 1}; };
  d.draw = [](rng& random, const double* a) { return beta(random, a[0], a[1]); };
  d.log_density = [](double x, const double* a) {
    const double left = a[0] == 1 ? 0 : (a[0] - 1) * std::log(x);
    const double right = a[1] == 1 ? 0 : (a[1] - 1) * std::log1p(-x);
    return left + right - (log_gamma(a[0]) + log_gamma(a[1]) - log_gamma(a[0] + a[1]));
  };
  d.tails = [](double x, const double* a) { return beta_tails(x, a[0], a[1]); };
  return d;
}

Distribution cauchy_distribution() {
  Distribution d{};
  d.name = "cauchy";
  d.arguments = {"mu", "sigma"};
  d.complaint = location_scale_complaint;
  d.support = whole_line;
  d.quantile = [](const Tails& t, const double* a) {
    const double z = t.lower < t.upper ? -1 / std::tan(kPi * t.lower) : 1 / std::tan(kPi * t.upper);
    return a[0] + a[1] * z;
  };
  d.draw = [](rng& random, const double* a) { return a[0] + a[1] * std::tan(kPi * (random.uniform() - 0.5)); };
  d.log_density = [](double x, const double* a) {
    const double z = standard(x, a);
    return -kLogPi - std::log(a[1]) - std::log1p(z * z);
  };
  d.tails = [](double x, const double* a) {
    const double z = standard(x, a);
    const double outside = std::fabs(z) > 1 ? std::atan(1 / std::fabs(z)) / kPi : 0.5 - std::atan(std::fabs(z)) / kPi;
    return z < 0 ? Tails{outside, 1 - outside} : Tails{1 - outside, outside};
  };
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
  d.quantile = [](const Tails& t, const double* a) {
    return -(t.lower < t.upper ? std::log1p(-t.lower) : std::log(t.upper)) / a[0];
  };
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
  d.log_density = [](double x, const double* a) {
    const double power = a[0] == 1 ? 0 : (a[0] - 1) * std::log(x);
    return a[0] * std::log(a[1]) + power - a[1] * x - log_gamma(a[0]);
  };
  d.tails = [](double x, const double* a) { return gamma_tails(a[1] * x, a[0]); };
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
  d.log_density = [](double x, const double* a) {
    if (!(x > 0)) return -kInfinity;
    return a[0] * std::log(a[1]) - (a[0] + 1) * std::log(x) - a[1] / x - log_gamma(a[0]);
  };
  d.tails = [](double x, const double* a) {
    if (!(x > 0)) return Tails{0, 1};
    const Tails of_inverse = gamma_tails(a[1] / x, a[0]);
    return Tails{of_inverse.upper, of_inverse.lower};
  };
  return d;
}

Distribution logistic_distribution() {
  Distribution d{};
  d.name = "logistic";
  d.arguments = {"mu", "sigma"};
  d.complaint = location_scale_complaint;
  d.support = whole_line;
  d.quantile = [](const Tails& t, const double* a) { return a[0] + a[1] * (std::log(t.lower) - std::log(t.upper)); };
  d.draw = [](rng& random, const double* a) {
    const double u = random.uniform();
    return a[0] + a[1] * (std::log(u) - std::log1p(-u));
  };
  d.log_density = [](double x, const double* a) {
    const double z = std::fabs(standard(x, a));
    return -z - std::log(a[1]) - 2 * std::log1p(std::exp(-z));
  };
  d.tails = [](double x, const double* a) {
    const double z = standard(x, a);
    return Tails{1 / (1 + std::exp(-z)), 1 / (1 + std::exp(z))};
  };
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
    return x > 0 ? normal_log_density(std::log(x), a) - std::log(x) : -kInfinity;
  };
  d.tails = [](double x, const double* a) { return x > 0 ? normal_tails(standard(std::log(x), a)) : Tails{0, 1}; };
  d.quantile = [](const Tails& t, const double* a) { return std::exp(a[0] + a[1] * normal_quantile(t)); };
  return d;
}

Distribution normal_distribution() {
  Distribution d{};
  d.name = "normal";
  d.arguments = {"mu", "sigma"};
  d.complaint = location_scale_complaint;
  d.support = whole_line;
  d.draw = [](rng& random, const double* a) { return normal(random, a[0], a[1]); };
  d.log_density = normal_log_density;
  d.tails = [](double x, const double* a) { return normal_tails(standard(x, a)); };
  d.quantile = [](const Tails& t, const double* a) { return a[0] + a[1] * normal_quantile(t); };
  return d;
}

Distribution student_t_distribution() {
  Distribution d{};
  d.name = "student_t";
  d.arguments = {"nu", "mu", "sigma"};
  d.complaint = [](const double* a) {
    return all_positive<1>(a) ? location_scale_complaint(a + 1) : "`nu` (the degrees of freedom) must be positive";
  };
  d.support = whole_line;
  d.draw = [](rng& random, const double* a) { return student_t(random, a[0], a[1], a[2]); };
  d.log_density = [](double x, const double* a) {
    const double nu = a[0];
    const double z = standard(x, a + 1);
    return log_gamma((nu + 1) / 2) - log_gamma(nu / 2) - 0.5 * (std::log(nu) + kLogPi) - std::log(a[2]) -
           (nu + 1) / 2 * std::log1p(z * z / nu);
  };
  d.tails = [](double x, const double* a) { return student_t_tails(standard(x, a + 1), a[0]); };
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
    const double power = a[0] == 1 ? 0 : (a[0] - 1) * std::log(x / a[1]);
    return std::log(a[0] / a[1]) + power - std::pow(x / a[1], a[0]);
  };
  d.tails = [](double x, const double* a) {
    const double hazard = x > 0 ? std::pow(x / a[1], a[0]) : 0;
    return Tails{-std::expm1(-hazard), std::exp(-hazard)};
  };
  d.quantile = [](const Tails& t, const double* a) {
    const double hazard = -(t.lower < t.upper ? std::log1p(-t.lower) : std::log(t.upper));
    return a[1] * std::pow(hazard, 1 / a[0]);
  };
  return d;
}

}  // namespace

const std::vector<Distribution>& distributions() {
  static const std::vector<Distribution> all = {
      beta_distribution(),      cauchy_distribution(),   exponential_distribution(), gamma_distribution(),
      inv_gamma_distribution(), logistic_distribution(), lognormal_distribution(),   normal_distribution(),
      student_t_distribution(), uniform_distribution(),  weibull_distribution()};
  return all;
}

const Distribution& find_distribution(const std::string& name) {
  for (const auto& distribution : distributions()) {
    if (distribution.name == name) return distribution;
  }
  throw ConfigError("There is no distribution `" + name + "`.");
}

}  // namespace amortflow
