// Tasks gaussian_linear and gaussian_linear_uniform of Lueckmann et al. (2021), "Benchmarking simulation-based
// inference": ten numbers around ten parameters, with variance (not standard deviation) 0.1. With the normal prior the
// posterior is normal with mean x / 2 and variance 0.05; with the uniform prior, normal(x, sqrt(0.1)) cut off at the
// box.
//
//   prior      theta ~ normal(0, sqrt(0.1), dim = 10), or uniform(-1, 1, dim = 10)
//   observed   "vector" of 10
#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr int kDimensions = 10;
constexpr double kRootTenth = 0.31622776601683793320;

void gaussian_linear(const double* theta, double* out, amortflow::rng& random) {
  for (int i = 0; i < kDimensions; ++i) out[i] = amortflow::normal(random, theta[i], kRootTenth);
}

void gaussian_linear_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  out[0] = 0;
  for (int i = 0; i < kDimensions; ++i) out[0] += amortflow::normal_lpdf(data[i], theta[i], kRootTenth);
}

AMORTFLOW_SIMULATOR(gaussian_linear,
                    amortflow::sizes().parameters(kDimensions).variables(kDimensions),
                    gaussian_linear_log_lik)
