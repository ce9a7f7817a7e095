// Task gaussian_mixture of Lueckmann et al. (2021), "Benchmarking simulation-based inference", version 1.1 (before, all
// simulations of a batch shared their component): two normals around the same mean, one wide and one narrow.
//
//   x ~ 1/2 normal(theta, I) + 1/2 normal(theta, 0.01 I)
//
//   prior      theta ~ uniform(-10, 10, dim = 2)
//   observed   "vector" of 2
#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr double kWide = 1;
constexpr double kNarrow = 0.1;

void gaussian_mixture(const double* theta, double* out, amortflow::rng& random) {
  const double sd = amortflow::bernoulli(random, 0.5) > 0 ? kWide : kNarrow;
  for (int i = 0; i < 2; ++i) out[i] = amortflow::normal(random, theta[i], sd);
}

void gaussian_mixture_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  const auto component = [&](double sd) {
    return amortflow::normal_lpdf(data[0], theta[0], sd) + amortflow::normal_lpdf(data[1], theta[1], sd);
  };
  out[0] = amortflow::log_sum_exp(component(kWide), component(kNarrow)) + std::log(0.5);
}

AMORTFLOW_SIMULATOR(gaussian_mixture, amortflow::sizes().parameters(2).variables(2), gaussian_mixture_log_lik)
