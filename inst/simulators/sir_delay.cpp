// New cases of an epidemic on 14 days, reported late and with noise: a tutorial of BayesFlow (Radev et al., 2023),
// after Dehning et al. (2020), "Inferring change points in the spread of COVID-19". Steps of one day:
//
//   new = lambda S I / N,   S falls by new,   I rises by new - mu I
//
// The I0 of day 0 are reported as new on day 0; the counts of days D, ..., D + 13 are negative binomial around new
// cases with size psi, D being `delay` rounded to whole days.
//
//   prior      lambda ~ lognormal(log(0.4), 0.5), mu ~ lognormal(log(1 / 8), 0.2), delay ~ lognormal(log(8), 0.2),
//              I0 ~ gamma(2, 1 / 20), psi ~ exponential(1 / 5)
//   observed   "series" of 14 counts
#include <algorithm>

#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr int kDays = 14;
constexpr double kPopulation = 83e6;
constexpr double kLeastMean = 1e-5;  // so that the distribution exists without cases

/// Calls `with(day, expected new cases)` for each reported day, counted from 0.
template <class With>
void follow_cases(const double* theta, const With& with) {
  const auto delay = static_cast<int>(std::lround(theta[2]));
  double infected = std::ceil(theta[3]);
  double susceptible = kPopulation - infected;
  double cases = infected;
  for (int day = 0; day < delay + kDays; ++day) {
    if (day >= delay) with(day - delay, std::clamp(cases, 0.0, kPopulation) + kLeastMean);
    cases = theta[0] * infected * susceptible / kPopulation;
    susceptible = std::clamp(susceptible - cases, 0.0, kPopulation);
    infected = std::clamp(infected + cases - theta[1] * infected, 0.0, kPopulation);
  }
}

void sir_delay(const double* theta, double* out, amortflow::rng& random) {
  follow_cases(theta, [&](int day, double mean) { out[day] = amortflow::negative_binomial_2(random, mean, theta[4]); });
}

void sir_delay_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  follow_cases(theta,
               [&](int day, double mean) { out[day] = amortflow::neg_binomial_2_lpmf(data[day], mean, theta[4]); });
}

AMORTFLOW_SIMULATOR(sir_delay, amortflow::sizes().parameters(5).positions(kDays), sir_delay_log_lik)
