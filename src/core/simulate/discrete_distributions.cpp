#include <algorithm>

#include "amortflow/distributions.hpp"
#include "simulate/distribution_families.h"
#include "simulate/special_functions.h"

namespace amortflow {

namespace {

constexpr double kMostCounts = 9007199254740992.0;  // 2^53: doubles hold every smaller whole number

Interval counts(const double*) { return {0, kInfinity}; }
bool is_probability(double p) { return p >= 0 && p <= 1; }
/// count * log(p), 0 where nothing is counted.
double count_term(double count, double log_p) { return count > 0 ? count * log_p : 0; }
Tails swapped(const Tails& t) { return {t.upper, t.lower}; }

Distribution bernoulli_distribution() {
  Distribution d{};
  d.name = "bernoulli";
  d.arguments = {"theta"};
  d.complaint = [](const double* a) { return is_probability(a[0]) ? nullptr : "`theta` must lie between 0 and 1"; };
  d.support = [](const double*) { return Interval{0, 1}; };
  d.draw = [](rng& random, const double* a) { return random.uniform() < a[0] ? 1.0 : 0.0; };
  d.log_density = [](double x, const double* a) { return x > 0 ? std::log(a[0]) : std::log1p(-a[0]); };
  d.tails = [](double x, const double* a) {
    if (x < 0) return Tails{0, 1};
    return x < 1 ? Tails{1 - a[0], a[0]} : Tails{1, 0};
  };
  d.discrete = true;
  return d;
}

Distribution binomial_distribution() {
  Distribution d{};
  d.name = "binomial";
  d.arguments = {"N", "theta"};
  d.complaint = [](const double* a) -> const char* {
    if (!(a[0] >= 0 && a[0] == std::floor(a[0]) && a[0] < kMostCounts)) return "`N` must be a whole number from 0";
    return is_probability(a[1]) ? nullptr : "`theta` must lie between 0 and 1";
  };
  d.support = [](const double* a) { return Interval{0, a[0]}; };
  d.draw = [](rng& random, const double* a) { return binomial(random, a[0], a[1]); };
  d.log_density = [](double x, const double* a) {
    return log_choose(a[0], x) + count_term(x, std::log(a[1])) + count_term(a[0] - x, std::log1p(-a[1]));
  };
  d.tails = [](double x, const double* a) {
    if (x < 0) return Tails{0, 1};
    const double k = std::floor(x);
    return k >= a[0] ? Tails{1, 0} : swapped(beta_tails(a[1], k + 1, a[0] - k));
  };
  d.discrete = true;
  return d;
}

Distribution discrete_uniform_distribution() {
  Distribution d{};
  d.name = "discrete_uniform";
  d.arguments = {"lower", "upper"};
  d.complaint = [](const double* a) {
    const bool whole = a[0] == std::floor(a[0]) && a[1] == std::floor(a[1]);
    const bool valid = whole && a[0] <= a[1] && std::fabs(a[0]) < kMostCounts && std::fabs(a[1]) < kMostCounts;
    return valid ? nullptr : "`lower` and `upper` must be whole numbers, `lower` not above `upper`";
  };
  d.support = [](const double* a) { return Interval{a[0], a[1]}; };
  d.draw = [](rng& random, const double* a) {
    return std::min(a[1], a[0] + std::floor(random.uniform() * (a[1] - a[0] + 1)));
  };
  d.log_density = [](double, const double* a) { return -std::log(a[1] - a[0] + 1); };
  d.tails = [](double x, const double* a) {
    const double size = a[1] - a[0] + 1;
    const double below = std::min(std::max(std::floor(x) - a[0] + 1, 0.0), size);
    return Tails{below / size, (size - below) / size};
  };
  d.discrete = true;
  return d;
}

Distribution geometric_distribution() {
  Distribution d{};
  d.name = "geometric";
  d.arguments = {"theta"};
  d.complaint = [](const double* a) {
    return a[0] > 0 && a[0] <= 1 ? nullptr : "`theta` must be above 0 and at most 1";
  };
  d.support = counts;
  d.draw = [](rng& random, const double* a) {
    return a[0] < 1 ? std::floor(std::log(random.uniform()) / std::log1p(-a[0])) : 0;
  };
  d.log_density = [](double x, const double* a) { return std::log(a[0]) + count_term(x, std::log1p(-a[0])); };
  d.tails = [](double x, const double* a) {
    if (x < 0) return Tails{0, 1};
    if (a[0] == 1) return Tails{1, 0};
    const double log_upper = (std::floor(x) + 1) * std::log1p(-a[0]);
    return Tails{-std::expm1(log_upper), std::exp(log_upper)};
  };
  d.discrete = true;
  return d;
}

Distribution neg_binomial_2_distribution() {
  Distribution d{};
  d.name = "neg_binomial_2";
  d.arguments = {"mu", "phi"};
  d.complaint = [](const double* a) {
    return all_positive<2>(a) ? nullptr : "`mu` (the mean) and `phi` (the inverse overdispersion) must be positive";
  };
  d.support = counts;
  d.draw = [](rng& random, const double* a) { return negative_binomial_2(random, a[0], a[1]); };
  d.log_density = [](double x, const double* a) {
    // (x + phi - 1 choose x) = 1 / (x B(x, phi)).
    const double log_ways = x > 0 ? -std::log(x) - log_beta(x, a[1]) : 0;
    return log_ways - count_term(x, std::log1p(a[1] / a[0])) - a[1] * std::log1p(a[0] / a[1]);
  };
  d.tails = [](double x, const double* a) {
    return x < 0 ? Tails{0, 1} : beta_tails(a[1] / (a[1] + a[0]), a[1], std::floor(x) + 1);
  };
  d.discrete = true;
  return d;
}

Distribution poisson_distribution() {
  Distribution d{};
  d.name = "poisson";
  d.arguments = {"lambda"};
  d.complaint = [](const double* a) {
    return a[0] >= 0 && a[0] < kMostCounts ? nullptr : "`lambda` must be finite and at least 0";
  };
  d.support = counts;
  d.draw = [](rng& random, const double* a) { return poisson(random, a[0]); };
  d.log_density = [](double x, const double* a) { return count_term(x, std::log(a[0])) - a[0] - log_gamma(x + 1); };
  d.tails = [](double x, const double* a) {
    return x < 0 ? Tails{0, 1} : swapped(gamma_tails(a[0], std::floor(x) + 1));
  };
  d.discrete = true;
  return d;
}

}  // namespace

std::vector<Distribution> discrete_distributions() {
  return {bernoulli_distribution(), binomial_distribution(),       discrete_uniform_distribution(),
          geometric_distribution(), neg_binomial_2_distribution(), poisson_distribution()};
}

}  // namespace amortflow
