// Task bernoulli_glm of Lueckmann et al. (2021), "Benchmarking simulation-based inference": the sufficient statistics
// X' y of the spikes y of bernoulli_glm_raw.
//
//   prior      beta ~ normal(0, sqrt(2)), filter smooth: see example_model()
//   observed   "vector" of 10: the number of spikes, and for lags 0 to 8 the sum of the stimulus so long before a spike
#include <amortflow/examples/glm_design.hpp>
#include <amortflow/simulator.hpp>

struct bernoulli_glm {
  using settings = amortflow::examples::glm_design;
  struct workspace {};

  static settings make(const amortflow::arguments&) { return {}; }
  static amortflow::sizes shape(const settings&) {
    return amortflow::sizes().parameters(settings::kParameters).variables(settings::kParameters);
  }
  static void simulate(const double* theta, const settings& design, workspace&, amortflow::rng& random, double* out) {
    for (std::size_t j = 0; j < settings::kParameters; ++j) out[j] = 0;
    for (std::size_t t = 0; t < settings::kBins; ++t) {
      if (!design.spike(t, theta, random)) continue;
      for (std::size_t j = 0; j < settings::kParameters; ++j) out[j] += design.rows[t][j];
    }
  }
};

AMORTFLOW_SIMULATOR(bernoulli_glm)
