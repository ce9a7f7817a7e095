// Ricker's map with noise, counted: N(t + 1) = r N(t) exp(-N(t) + e(t)), e ~ normal(0, sigma), N(0) = 10, counts
// x(t) ~ poisson(rho N(t)). From Wood (2010), "Statistical inference for noisy nonlinear ecological dynamic systems",
// with the prior and lengths of Radev et al. (2020), "BayesFlow".
//
//   prior      r ~ uniform(1, 90), sigma ~ uniform(0.05, 0.7), rho ~ uniform(0, 15)
//   context    n_obs, the number of times, 100 to 500
//   observed   "series" of n_obs counts
#include <amortflow/simulator.hpp>

void ricker(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
  const double log_r = std::log(in.theta[0]);
  const double sigma = in.theta[1];
  const double rho = in.theta[2];
  const auto times = static_cast<std::int64_t>(in.context[0]);
  double* counts = out.observable(0, times);
  double log_size = std::log(10.0);  // on the log scale, because r exp(-N) comes near 0
  for (std::int64_t t = 0; t < times; ++t) {
    const double size = std::exp(log_size);
    log_size += log_r - size + amortflow::normal(random, 0, sigma);
    counts[t] = amortflow::poisson(random, rho * std::exp(log_size));
  }
}

AMORTFLOW_SIMULATOR(ricker, amortflow::sizes().parameters(3).context("n_obs").positions(amortflow::varies))
