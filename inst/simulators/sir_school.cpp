// Influenza in a boarding school of 763 boys, of whom one is ill on day 0. The number in bed on days 1 to 14 is
// negative binomial around the infected I(t) of an SIR model: the model of Grinsztajn et al. (2021), "Bayesian workflow
// for disease transmission modeling in Stan".
//
//   S' = -beta S I / N,   I' = beta S I / N - gamma I
//
//   prior      beta ~ normal(2, 1, lb = 0), gamma ~ normal(0.4, 0.5, lb = 0), phi_inv ~ exponential(5)
//   observed   "series" of 14 counts
#include <algorithm>
#include <array>

#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr int kDays = 14;
constexpr int kStepsPerDay = 20;  // at most 0.012 boys away from 1000 steps, for beta and gamma below 5
constexpr double kPopulation = 763;

/// Calls `with(day, infected)` for days 0 to 13.
template <class With>
void follow_epidemic(const double* theta, const With& with) {
  const double beta_per_boy = theta[0] / kPopulation;
  const double gamma = theta[1];
  const auto flow = [&](double, const std::array<double, 2>& y, std::array<double, 2>& dy) {
    const double infections = beta_per_boy * y[0] * y[1];
    dy[0] = -infections;
    dy[1] = infections - gamma * y[1];
  };
  std::array<double, 2> susceptible_infected{kPopulation - 1, 1};
  for (int day = 0; day < kDays; ++day) {
    amortflow::rk4(susceptible_infected, day, day + 1, kStepsPerDay, flow);
    with(day, std::max(susceptible_infected[1], 0.0));
  }
}

void sir_school(const double* theta, double* out, amortflow::rng& random) {
  follow_epidemic(theta, [&](int day, double infected) {
    out[day] = amortflow::negative_binomial_2(random, infected, 1 / theta[2]);
  });
}

void sir_school_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  follow_epidemic(theta, [&](int day, double infected) {
    out[day] = amortflow::neg_binomial_2_lpmf(data[day], infected, 1 / theta[2]);
  });
}

AMORTFLOW_SIMULATOR(sir_school, amortflow::sizes().parameters(3).positions(kDays), sir_school_log_lik)
