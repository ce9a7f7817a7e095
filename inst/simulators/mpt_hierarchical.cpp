// Recognition memory of 50 persons as a latent-trait multinomial processing tree (Klauer, 2010), with one or two high
// thresholds (setting `thresholds`), see mpt.cpp: each person has d = Phi(d'), g = Phi(g') with (d', g') normal around
// mu with covariance Sigma = diag(lambda) Q diag(lambda). A tutorial of BayesFlow (Radev et al., 2023) on comparing
// hierarchical models, which hands on all answers; their numbers are sufficient.
//
//   prior      mu ~ normal(0, 0.25, dim = 2), lambda ~ uniform(0, 3, dim = 2), Q ~ inv_wishart(10, I); Q by rows or
//              columns, as it is symmetric
//   observed   "exchangeable", 50 persons: hits (of 50 old items) and false alarms (of 50 new items)
#include <array>
#include <stdexcept>

#include <amortflow/simulator.hpp>

struct mpt_hierarchical {
  static constexpr std::int64_t kPersons = 50;
  static constexpr double kItems = 50;
  struct settings {
    bool two_thresholds;
  };
  struct workspace {};

  static settings make(const amortflow::arguments& a) {
    const double thresholds = a.number("thresholds", 2);
    if (thresholds != 1 && thresholds != 2) throw std::invalid_argument("setting `thresholds` must be 1 or 2");
    return {thresholds == 2};
  }
  static amortflow::sizes shape(const settings&) {
    return amortflow::sizes().parameters(8).positions(kPersons).variables(2).names({"hits", "false_alarms"});
  }
  static double normal_probability(double x) { return 0.5 * std::erfc(-x * 0.70710678118654752440); }
  static void simulate(const double* theta, const settings& s, workspace&, amortflow::rng& random, double* out) {
    const double* mu = theta;
    const double* lambda = theta + 2;
    std::array<double, 4> factor{};
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) factor[2 * i + j] = lambda[i] * theta[4 + 2 * i + j] * lambda[j];
    }
    amortflow::cholesky(factor.data(), 2);
    for (std::int64_t i = 0; i < kPersons; ++i) {
      std::array<double, 2> trait{};
      amortflow::multi_normal_cholesky(random, mu, factor.data(), 2, trait.data());
      const double d = normal_probability(trait[0]);
      const double g = normal_probability(trait[1]);
      out[2 * i] = amortflow::binomial(random, kItems, d + (1 - d) * g);
      out[2 * i + 1] = amortflow::binomial(random, kItems, s.two_thresholds ? (1 - d) * g : g);
    }
  }
};

AMORTFLOW_SIMULATOR(mpt_hierarchical)
