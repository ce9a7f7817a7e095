// Drift diffusion model of two-choice decisions (Ratcliff, 1978): evidence drifts with v from the share w of the
// boundary a until it reaches 0 (choice 0) or a (choice 1); t0 is added to the time. Drawn exactly, without steps of
// time.
//
//   prior      v ~ normal(0, 10, lb = -5, ub = 5), a ~ normal(1, 1, lb = 0.5, ub = 3),
//              t0 ~ normal(0.4, 0.2, lb = 0.2, ub = 1), w ~ normal(0.5, 0.1, lb = 0.3, ub = 0.7), as in the example of
//              Radev et al. (2023), "JANA: Jointly amortized neural approximation of complex Bayesian models"
//   context    n_obs, the number of trials, 80 to 120
//   observed   "exchangeable", n_obs positions: response time in seconds, choice
#include <amortflow/simulator.hpp>
#include <amortflow/wiener.hpp>

void drift_diffusion(const amortflow::input& in, amortflow::output& out, amortflow::rng& random) {
  const double v = in.theta[0], a = in.theta[1], t0 = in.theta[2], w = in.theta[3];
  const auto trials = static_cast<std::int64_t>(in.context[0]);
  double* row = out.observable(0, trials);
  for (std::int64_t i = 0; i < trials; ++i) {
    const auto response = amortflow::wiener(random, a, t0, w, v);
    row[2 * i] = response.rt;
    row[2 * i + 1] = response.upper ? 1 : 0;
  }
}

void drift_diffusion_log_lik(const double* theta, const double* data, std::int64_t positions, double* out) {
  for (std::int64_t i = 0; i < positions; ++i) {
    const double* trial = data + 2 * i;
    out[i] = amortflow::wiener_lpdf(trial[0], trial[1] > 0, theta[1], theta[2], theta[3], theta[0]);
  }
}

AMORTFLOW_SIMULATOR(
    drift_diffusion,
    amortflow::sizes().parameters(4).context("n_obs").positions(amortflow::varies).variables(2).names({"rt", "choice"}),
    drift_diffusion_log_lik)
