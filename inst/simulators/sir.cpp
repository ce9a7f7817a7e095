// Task sir of Lueckmann et al. (2021), "Benchmarking simulation-based inference": an epidemic in a million people that
// begins with one, seen ten times by testing a thousand of them.
//
//   S' = -beta S I / N,   I' = beta S I / N - gamma I;   x_i ~ binomial(1000, I(17 i) / N), i = 0, ..., 9
//
//   prior      beta ~ lognormal(log(0.4), 0.5), gamma ~ lognormal(log(0.125), 0.2)
//   observed   "vector" of 10
#include <algorithm>
#include <array>

#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr std::size_t kTimes = 10;
constexpr double kDaysBetween = 17;
constexpr double kTested = 1000;
constexpr double kPopulation = 1e6;

/// Shares of the infected, I / N, at the ten times.
std::array<double, kTimes> shares_infected(const double* theta) {
  const double beta = theta[0];
  const double gamma = theta[1];
  const auto flow = [&](double, const std::array<double, 2>& y, std::array<double, 2>& dy) {
    const double infections = beta * y[0] * y[1];
    dy[0] = -infections;
    dy[1] = infections - gamma * y[1];
  };
  std::array<double, kTimes> times{};
  for (std::size_t i = 0; i < kTimes; ++i) times[i] = kDaysBetween * static_cast<double>(i);
  std::array<double, kTimes> shares{};
  std::array<double, 2> y{1 - 1 / kPopulation, 1 / kPopulation};
  amortflow::dormand_prince(
      y, 0, times.data(), kTimes, flow,
      [&](std::size_t i, const std::array<double, 2>& at) { shares[i] = std::clamp(at[1], 0.0, 1.0); }, {1e-6, 1e-10});
  return shares;
}

void sir(const double* theta, double* out, amortflow::rng& random) {
  const auto shares = shares_infected(theta);
  for (std::size_t i = 0; i < kTimes; ++i) out[i] = amortflow::binomial(random, kTested, shares[i]);
}

void sir_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  const auto shares = shares_infected(theta);
  out[0] = 0;
  for (std::size_t i = 0; i < kTimes; ++i) out[0] += amortflow::binomial_lpmf(data[i], kTested, shares[i]);
}

AMORTFLOW_SIMULATOR(sir, amortflow::sizes().parameters(2).variables(kTimes), sir_log_lik)
