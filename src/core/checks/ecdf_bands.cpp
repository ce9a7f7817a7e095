#include "checks/ecdf_bands.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr double kNegligible = 1e-18;  // probabilities left out of a sum
constexpr int kBisections = 16;        // gamma is found to a relative 1e-3 or better

double log_binomial(double n, double p, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(p) + (n - k) * std::log1p(-p);
}

// Probabilities of 0, 1, ... events of a Poisson variable, up to `most` or to where they no longer count.
std::vector<double> poisson_weights(double mean, std::int64_t most) {
  std::vector<double> weights;
  for (std::int64_t k = 0; k <= most; ++k) {
    const auto events = static_cast<double>(k);
    weights.push_back(std::exp(events * std::log(mean) - mean - std::lgamma(events + 1)));
    if (events > mean && weights.back() < kNegligible) break;
  }
  return weights;
}

// Smallest r with P(X <= r) >= tail, X ~ Binomial(n, p). Sums upwards from where the probabilities begin to count.
double lower_quantile(double n, double p, double tail) {
  const double reach = 9 * std::sqrt(n * p * (1 - p)) + 9;
  double r = std::max(0.0, std::floor(n * p - reach));
  double probability = std::exp(log_binomial(n, p, r));
  double below = probability;
  const double odds = p / (1 - p);
  while (below < tail && r < n) {
    probability *= (n - r) * odds / (r + 1);
    r += 1;
    below += probability;
  }
  return r;
}

void set_bands(double count, const std::vector<double>& points, double gamma, EcdfBands& bands) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    bands.lower[i] = lower_quantile(count, points[i], gamma / 2);
    bands.upper[i] = count - lower_quantile(count, 1 - points[i], gamma / 2);
  }
}

void check_request(std::int64_t count, const std::vector<double>& points, double level) {
  if (count < 1) throw ConfigError("Bands of a distribution function need at least one value.");
  if (!(level > 0 && level < 1))
    throw ConfigError("The level of bands must lie in (0, 1), not at " + std::to_string(level) + ".");
  double last = 0;
  for (const double point : points) {
    if (!(point > last && point < 1)) throw ConfigError("Bands need points that increase strictly inside (0, 1).");
    last = point;
  }
  if (points.empty()) throw ConfigError("Bands need at least one point.");
}

// One step of the process: probabilities of the counts first, first + 1, ... so far, and what becomes of them after
// an increment, for the counts low, ..., high.
std::vector<double> after_increment(const std::vector<double>& state,
                                    std::int64_t first,
                                    double mean,
                                    std::int64_t low,
                                    std::int64_t high) {
  std::vector<double> next(static_cast<std::size_t>(std::max<std::int64_t>(0, high - low + 1)), 0.0);
  const std::vector<double> weights = poisson_weights(mean, std::max<std::int64_t>(0, high - first));
  const auto reach = static_cast<std::int64_t>(weights.size()) - 1;
  for (std::size_t s = 0; s < state.size(); ++s) {
    const std::int64_t from = first + static_cast<std::int64_t>(s);
    const std::int64_t end = std::min(high, from + reach);
    for (std::int64_t r = std::max(low, from); r <= end; ++r) {
      next[static_cast<std::size_t>(r - low)] += state[s] * weights[static_cast<std::size_t>(r - from)];
    }
  }
  return next;
}

}  // namespace

double inside_probability(std::int64_t count,
                          const std::vector<double>& points,
                          const std::vector<double>& lower,
                          const std::vector<double>& upper) {
  const auto n = static_cast<double>(count);
  std::vector<double> state{1.0};
  std::int64_t first = 0;
  double last = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto low = static_cast<std::int64_t>(lower[i]);
    state = after_increment(state, first, n * (points[i] - last), low, static_cast<std::int64_t>(upper[i]));
    first = low;
    last = points[i];
  }
  const double all = after_increment(state, first, n * (1 - last), count, count)[0];
  const double total = std::exp(n * std::log(n) - n - std::lgamma(n + 1));
  return std::min(1.0, all / total);
}

EcdfBands ecdf_bands(std::int64_t count, const std::vector<double>& points, double level) {
  check_request(count, points, level);
  const auto n = static_cast<double>(count);
  EcdfBands bands{std::vector<double>(points.size()), std::vector<double>(points.size()), 0, 0};
  // Bonferroni's gamma is enough; gamma = 1 is the other end.
  double log_enough = std::log((1 - level) / static_cast<double>(points.size()));
  double log_too_much = 0;
  for (int i = 0; i < kBisections; ++i) {
    const double middle = 0.5 * (log_enough + log_too_much);
    set_bands(n, points, std::exp(middle), bands);
    (inside_probability(count, points, bands.lower, bands.upper) >= level ? log_enough : log_too_much) = middle;
  }
  bands.gamma = std::exp(log_enough);
  set_bands(n, points, bands.gamma, bands);
  bands.coverage = inside_probability(count, points, bands.lower, bands.upper);
  return bands;
}

}  // namespace amortflow
