// Recognition memory as a multinomial processing tree with one or two high thresholds (setting `thresholds`): 50 old
// and 50 new items, each called "old" or not. An old item is detected with probability d, else "old" is guessed with
// probability g. A new item is called "old" with probability g (one threshold), or if it is not detected as new, by a
// guess, with probability (1 - d) g (two). Models of BayesFlow's tutorial on comparing models (Radev et al., 2023); see
// Snodgrass and Corwin (1988), "Pragmatics of measuring recognition memory".
//
//   prior      d, g ~ beta(2, 2)
//   observed   "exchangeable", 100 positions: 1 for an old item, 1 for the answer "old"
#include <stdexcept>

#include <amortflow/simulator.hpp>

struct mpt {
  static constexpr std::int64_t kItems = 100;
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
    return amortflow::sizes().parameters(2).positions(kItems).variables(2).names({"old", "answer"});
  }
  static double probability(const double* theta, bool two_thresholds, bool old) {
    const double d = theta[0];
    const double g = theta[1];
    if (old) return d + (1 - d) * g;
    return two_thresholds ? (1 - d) * g : g;
  }
  static void simulate(const double* theta, const settings& s, workspace&, amortflow::rng& random, double* out) {
    for (std::int64_t i = 0; i < kItems; ++i) {
      const bool old = i < kItems / 2;
      out[2 * i] = old ? 1 : 0;
      out[2 * i + 1] = amortflow::bernoulli(random, probability(theta, s.two_thresholds, old));
    }
  }
  static void log_lik(const amortflow::input& in, const settings& s, const amortflow::observed& data, double* out) {
    for (std::int64_t i = 0; i < data.positions(); ++i) {
      const double* item = data.values() + 2 * i;
      const double p = probability(in.theta, s.two_thresholds, item[0] > 0);
      out[i] = item[1] > 0 ? std::log(p) : std::log1p(-p);
    }
  }
};

AMORTFLOW_SIMULATOR(mpt)
