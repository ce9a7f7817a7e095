// Leaky competing accumulator of three alternatives under two conditions (Usher and McClelland, 2001), as in a tutorial
// of BayesFlow (Radev et al., 2023). In steps of dt the evidence x of the alternatives j moves by
//
//   dx_j = (v_j - lambda x_j - kappa sum of the others) dt + sqrt(dt) normal(0, 1),   not below 0,
//
// until one is at the threshold a and is chosen; the response time is the time so far plus ndt. After `max_time` the
// highest is chosen.
//
//   prior      v ~ gamma(2, 1.2, dim = 6) (three drifts for each condition), a ~ gamma(10, 6), ndt ~ gamma(1.5, 5),
//              lambda, kappa ~ beta(1, 5)
//   context    n_obs, the number of trials, 200 to 300
//   observed   "exchangeable", n_obs positions: response time in seconds, choice (three numbers, one of them 1), and
//   the
//              trial's condition, 0 or 1, which is drawn
//   settings   dt (0.001 s), max_time (10 s)
#include <algorithm>
#include <array>
#include <stdexcept>

#include <amortflow/simulator.hpp>
#include <amortflow/xoshiro.hpp>

struct lca {
  static constexpr std::size_t kAlternatives = 3;
  struct settings {
    double dt;
    std::int64_t max_steps;
  };
  struct workspace {};
  struct trial {
    std::int64_t steps;
    std::size_t choice;
  };

  static settings make(const amortflow::arguments& a) {
    const double dt = a.number("dt", 0.001);
    const double max_time = a.number("max_time", 10);
    if (!(dt > 0) || !(max_time > dt)) throw std::invalid_argument("settings must have 0 < dt < max_time");
    return {dt, static_cast<std::int64_t>(max_time / dt)};
  }
  static amortflow::sizes shape(const settings&) {
    return amortflow::sizes()
        .parameters(10)
        .context("n_obs")
        .positions(amortflow::varies)
        .variables(5)
        .names({"rt", "choice_1", "choice_2", "choice_3", "condition"});
  }

  /// Numbers that stay the same through a trial are worked out before; the sum of the others is the sum of all less
  /// one's own.
  static trial run(const double* v,
                   double a,
                   double lambda,
                   double kappa,
                   const settings& s,
                   amortflow::xoshiro& random) {
    const double root = std::sqrt(s.dt);
    const double keep = 1 - (lambda - kappa) * s.dt;
    const double press = kappa * s.dt;
    const double push_0 = v[0] * s.dt, push_1 = v[1] * s.dt, push_2 = v[2] * s.dt;
    double x_0 = 0, x_1 = 0, x_2 = 0;
    std::int64_t step = 0;
    while (step < s.max_steps) {
      ++step;
      const double pressed = press * (x_0 + x_1 + x_2);
      x_0 = std::max(keep * x_0 + push_0 - pressed + root * random.normal(), 0.0);
      x_1 = std::max(keep * x_1 + push_1 - pressed + root * random.normal(), 0.0);
      x_2 = std::max(keep * x_2 + push_2 - pressed + root * random.normal(), 0.0);
      if (std::max(std::max(x_0, x_1), x_2) >= a) break;
    }
    return {step, x_0 >= x_1 ? (x_0 >= x_2 ? 0u : 2u) : (x_1 >= x_2 ? 1u : 2u)};
  }

  static void simulate(const amortflow::input& in,
                       const settings& s,
                       workspace&,
                       amortflow::rng& random,
                       amortflow::output& out) {
    const double* theta = in.theta;
    const auto trials = static_cast<std::int64_t>(in.context[0]);
    double* row = out.observable(0, trials);
    amortflow::xoshiro fast(random);
    for (std::int64_t i = 0; i < trials; ++i, row += kAlternatives + 2) {
      const bool second = fast.uniform() < 0.5;
      const trial done = run(theta + (second ? kAlternatives : 0), theta[6], theta[8], theta[9], s, fast);
      std::fill_n(row, kAlternatives + 2, 0.0);
      row[0] = static_cast<double>(done.steps) * s.dt + theta[7];
      row[1 + done.choice] = 1;
      row[1 + kAlternatives] = second ? 1 : 0;
    }
  }
};

AMORTFLOW_SIMULATOR(lca)
