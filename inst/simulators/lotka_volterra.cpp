// Task lotka_volterra of Lueckmann et al. (2021), "Benchmarking simulation-based inference": prey and predators, each
// seen ten times with an error of about a tenth.
//
//   x' = alpha x - beta x y,   y' = delta x y - gamma y;   x(0) = 30, y(0) = 1
//   data ~ lognormal(log(x), 0.1) at t = 0, 2.1, ..., 18.9, then the same for y
//
//   prior      alpha, gamma ~ lognormal(-0.125, 0.5), beta, delta ~ lognormal(-3, 0.5); in the order alpha, beta,
//   gamma,
//              delta
//   observed   "vector" of 20
#include <algorithm>
#include <array>

#include <amortflow/log_densities.hpp>
#include <amortflow/simulator.hpp>

constexpr std::size_t kTimes = 10;
constexpr double kTimeBetween = 2.1;
constexpr double kError = 0.1;
constexpr double kLowest = 1e-10;  // the benchmark's limits
constexpr double kHighest = 1e4;

/// Logs of the ten numbers of prey, then of the ten numbers of predators. The equations are solved on the log scale,
/// where small numbers keep their digits.
std::array<double, 2 * kTimes> log_numbers(const double* theta) {
  const auto flow = [&](double, const std::array<double, 2>& y, std::array<double, 2>& dy) {
    dy[0] = theta[0] - theta[1] * std::exp(y[1]);
    dy[1] = theta[3] * std::exp(y[0]) - theta[2];
  };
  std::array<double, kTimes> times{};
  for (std::size_t i = 0; i < kTimes; ++i) times[i] = kTimeBetween * static_cast<double>(i);
  std::array<double, 2 * kTimes> numbers{};
  std::array<double, 2> y{std::log(30.0), 0};
  amortflow::dormand_prince(y, 0, times.data(), kTimes, flow,
                            [&](std::size_t i, const std::array<double, 2>& at) {
                              for (std::size_t k = 0; k < 2; ++k) {
                                numbers[k * kTimes + i] = std::clamp(at[k], std::log(kLowest), std::log(kHighest));
                              }
                            },
                            {1e-7, 1e-7});
  return numbers;
}

void lotka_volterra(const double* theta, double* out, amortflow::rng& random) {
  const auto numbers = log_numbers(theta);
  for (std::size_t i = 0; i < numbers.size(); ++i) out[i] = amortflow::lognormal(random, numbers[i], kError);
}

void lotka_volterra_log_lik(const double* theta, const double* data, std::int64_t, double* out) {
  const auto numbers = log_numbers(theta);
  out[0] = 0;
  for (std::size_t i = 0; i < numbers.size(); ++i) out[0] += amortflow::lognormal_lpdf(data[i], numbers[i], kError);
}

AMORTFLOW_SIMULATOR(lotka_volterra, amortflow::sizes().parameters(4).variables(2 * kTimes), lotka_volterra_log_lik)
