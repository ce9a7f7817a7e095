// Fifty observations of a normal vector with unknown mean and known unit variances: the exact posterior is normal with
// mean n / (n + 1) times the sample mean and variance 1 / (n + 1).
//
//   prior      mu ~ normal(0, 1, dim = 4)
//   observed   "exchangeable", 50 positions of 4 variables
#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr int kDimensions = 4;
constexpr int kObservations = 50;

void gaussian_mean(const double* mu, double* out, amortflow::rng& random) {
  for (int i = 0; i < kObservations; ++i) {
    for (int j = 0; j < kDimensions; ++j) {
      out[i * kDimensions + j] = amortflow::normal(random, mu[j], 1);
    }
  }
}

void gaussian_mean_log_lik(const double* mu, const double* data, std::int64_t positions, double* out) {
  for (std::int64_t i = 0; i < positions; ++i) {
    out[i] = 0;
    for (int j = 0; j < kDimensions; ++j) out[i] += amortflow::normal_lpdf(data[i * kDimensions + j], mu[j], 1);
  }
}

AMORTFLOW_SIMULATOR(gaussian_mean,
                    amortflow::sizes().parameters(kDimensions).positions(kObservations).variables(kDimensions),
                    gaussian_mean_log_lik)
