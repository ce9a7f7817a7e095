#include "amortflow/distributions.hpp"
#include "base/constants.h"
#include "simulate/distribution_families.h"

namespace amortflow {

namespace {

double normal_log_density(double x, const double* a) {
  const double z = standard(x, a);
  return -0.5 * z * z - std::log(a[1]) - kLogSqrt2Pi;
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

Distribution double_exponential_distribution() {
  Distribution d{};
  d.name = "double_exponential";
  d.arguments = {"mu", "sigma"};
  d.complaint = location_scale_complaint;
  d.support = whole_line;
  d.draw = [](rng& random, const double* a) {
    const double u = random.uniform();
    return a[0] + a[1] * (u < 0.5 ? std::log(2 * u) : -std::log(2 * (1 - u)));
  };
  d.log_density = [](double x, const double* a) { return -std::fabs(standard(x, a)) - std::log(2 * a[1]); };
  d.tails = [](double x, const double* a) {
    const double z = standard(x, a);
    const double outside = 0.5 * std::exp(-std::fabs(z));
    return z < 0 ? Tails{outside, 1 - outside} : Tails{1 - outside, outside};
  };
  d.quantile = [](const Tails& t, const double* a) {
    return a[0] + a[1] * (t.lower < t.upper ? std::log(2 * t.lower) : -std::log(2 * t.upper));
  };
  return d;
}

Distribution gumbel_distribution() {
  Distribution d{};
  d.name = "gumbel";
  d.arguments = {"mu", "beta"};
  d.complaint = [](const double* a) -> const char* {
    if (!std::isfinite(a[0])) return "`mu` must be finite";
    return all_positive<1>(a + 1) ? nullptr : "`beta` (the scale) must be positive";
  };
  d.support = whole_line;
  d.draw = [](rng& random, const double* a) { return a[0] - a[1] * std::log(-std::log(random.uniform())); };
  d.log_density = [](double x, const double* a) {
    const double z = standard(x, a);
    return -z - std::exp(-z) - std::log(a[1]);
  };
  d.tails = [](double x, const double* a) {
    const double e = std::exp(-standard(x, a));
    return Tails{std::exp(-e), -std::expm1(-e)};
  };
  d.quantile = [](const Tails& t, const double* a) { return a[0] - a[1] * std::log(reversed_hazard(t)); };
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

Distribution std_normal_distribution() {
  Distribution d{};
  d.name = "std_normal";
  d.complaint = [](const double*) -> const char* { return nullptr; };
  d.support = whole_line;
  d.draw = [](rng& random, const double*) { return random.normal(); };
  d.log_density = [](double x, const double*) { return -0.5 * x * x - kLogSqrt2Pi; };
  d.tails = [](double x, const double*) { return normal_tails(x); };
  d.quantile = [](const Tails& t, const double*) { return normal_quantile(t); };
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

}  // namespace

std::vector<Distribution> location_scale_distributions() {
  return {cauchy_distribution(), double_exponential_distribution(), gumbel_distribution(),   logistic_distribution(),
          normal_distribution(), std_normal_distribution(),         student_t_distribution()};
}

}  // namespace amortflow
