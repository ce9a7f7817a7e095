// Levy flight model of two-choice decisions (Voss et al., 2019, "Sequential sampling models with variable boundaries
// and non-normal noise"): drift diffusion whose noise has heavy tails. In steps of dt the evidence moves by
//
//   v dt + dt^(1 / alpha) e,   e ~ alpha_stable(alpha, 0, 0, 1 / sqrt(2)),
//
// from w a until it leaves the interval from 0 (choice 0) to a (choice 1); t0 is added to the time. The noise is
// standard normal for alpha = 2. After `max_time` the nearer boundary is chosen. Two conditions in turn, with drifts
// v[1] and v[2], as in Radev et al. (2020), "BayesFlow".
//
//   prior      v[1] ~ uniform(0, 6), v[2] ~ uniform(-6, 0), a ~ uniform(0.6, 3), t0 ~ uniform(0.3, 1),
//              w ~ uniform(0.3, 0.7), alpha ~ uniform(1, 2)
//   context    n_obs, the number of trials, 100 to 1000
//   observed   "exchangeable", n_obs positions: response time in seconds, choice, condition (0 or 1)
//   settings   dt (0.001 s), max_time (10 s)
#include <stdexcept>

#include <amortflow/simulator.hpp>

struct levy_flight {
  struct settings {
    double dt;
    std::int64_t max_steps;
  };
  struct workspace {};

  static settings make(const amortflow::arguments& a) {
    const double dt = a.number("dt", 0.001);
    const double max_time = a.number("max_time", 10);
    if (!(dt > 0) || !(max_time > dt)) throw std::invalid_argument("settings must have 0 < dt < max_time");
    return {dt, static_cast<std::int64_t>(max_time / dt)};
  }
  static amortflow::sizes shape(const settings&) {
    return amortflow::sizes()
        .parameters(6)
        .context("n_obs")
        .positions(amortflow::varies)
        .variables(3)
        .names({"rt", "choice", "condition"});
  }
  static void simulate(const amortflow::input& in,
                       const settings& s,
                       workspace&,
                       amortflow::rng& random,
                       amortflow::output& out) {
    const double a = in.theta[2], t0 = in.theta[3], start = in.theta[4] * a, alpha = in.theta[5];
    const double scale = std::pow(s.dt, 1 / alpha) * std::sqrt(0.5);
    const auto trials = static_cast<std::int64_t>(in.context[0]);
    double* row = out.observable(0, trials);
    for (std::int64_t i = 0; i < trials; ++i) {
      const double push = in.theta[i % 2] * s.dt;
      double x = start;
      std::int64_t step = 0;
      while (step < s.max_steps && x > 0 && x < a) {
        ++step;
        x += push + amortflow::alpha_stable(random, alpha, 0, 0, scale);
      }
      row[3 * i] = static_cast<double>(step) * s.dt + t0;
      row[3 * i + 1] = x > 0.5 * a ? 1 : 0;
      row[3 * i + 2] = static_cast<double>(i % 2);
    }
  }
};

AMORTFLOW_SIMULATOR(levy_flight)
