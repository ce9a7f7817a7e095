// Task bernoulli_glm_raw of Lueckmann et al. (2021), "Benchmarking simulation-based inference": whether a neuron spikes
// in each of 100 bins, with the log odds of an offset and a filter over the last nine bins of a fixed white noise.
//
//   prior      beta ~ normal(0, sqrt(2)), filter smooth: see example_model()
//   observed   "vector" of 100 zeros and ones
#include <amortflow/examples/glm_design.hpp>
#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

struct bernoulli_glm_raw {
  using settings = amortflow::examples::glm_design;
  struct workspace {};

  static settings make(const amortflow::arguments&) { return {}; }
  static amortflow::sizes shape(const settings&) {
    return amortflow::sizes().parameters(settings::kParameters).variables(settings::kBins);
  }
  static void simulate(const double* theta, const settings& design, workspace&, amortflow::rng& random, double* out) {
    for (std::size_t t = 0; t < settings::kBins; ++t) out[t] = design.spike(t, theta, random) ? 1 : 0;
  }
  static void log_lik(const amortflow::input& in,
                      const settings& design,
                      const amortflow::observed& data,
                      double* out) {
    out[0] = 0;
    for (std::size_t t = 0; t < settings::kBins; ++t) {
      const double log_odds = design.log_odds(t, in.theta);
      out[0] -= amortflow::log1p_exp(data.values()[t] > 0 ? -log_odds : log_odds);
    }
  }
};

AMORTFLOW_SIMULATOR(bernoulli_glm_raw)
