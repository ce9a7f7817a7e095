#include "adapt/tail_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace amortflow {

namespace {

constexpr double kFarthest = 20;     // standard deviations from the mean
constexpr double kBulkRatio = 5;     // standard deviation over the bulk's
constexpr double kSkewRatio = 3;     // from the median to the 84 % quantile over from there to the 16 % quantile
constexpr std::size_t kFewest = 20;  // finite values that decide anything
constexpr double kRounding = 1e-12;  // an sd below this share of |mean| is rounding

// `sorted` is not empty; linear between neighbours (R's type 7).
double quantile(const std::vector<double>& sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = place - static_cast<double>(below);
  return (1 - share) * sorted[below] + share * sorted[above];
}

double mean_distance(const std::vector<double>& values, double center) {
  double total = 0;
  for (const double x : values) total += std::abs(x - center) / static_cast<double>(values.size());
  return total;
}

double positive_median(const std::vector<double>& sorted) {
  const auto first = std::upper_bound(sorted.begin(), sorted.end(), 0.0);
  return quantile({first, sorted.end()}, 0.5);
}

double bulk_deviation(const std::vector<double>& sorted) {
  return 0.5 * quantile(sorted, 0.84) - 0.5 * quantile(sorted, 0.16);
}

bool heavy_tailed(const std::vector<double>& sorted) {
  const Moments moments = finite_moments(sorted);
  const double farthest = std::max(sorted.back() - moments.mean, moments.mean - sorted.front());
  const double bulk = bulk_deviation(sorted);
  return farthest > kFarthest * moments.sd || (bulk > 0 && moments.sd > kBulkRatio * bulk);
}

bool skewed(const std::vector<double>& sorted) {
  const double median = quantile(sorted, 0.5);
  return quantile(sorted, 0.84) - median > kSkewRatio * (median - quantile(sorted, 0.16));
}

}  // namespace

TailChoice choose_tail(std::vector<double> values, bool allow_log1p) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double x) { return !std::isfinite(x); }), values.end());
  if (values.size() < kFewest) return {};
  std::sort(values.begin(), values.end());
  if (values.front() == values.back()) return {};
  const bool to_log = allow_log1p && values.front() >= 0;
  if (!heavy_tailed(values) && !(to_log && skewed(values))) return {};
  if (to_log) return {TailChoice::Kind::kLog1p, 0, std::min(1.0, positive_median(values))};
  const double center = quantile(values, 0.5);
  const double bulk = bulk_deviation(values);
  const double scale = bulk > 0 ? bulk : mean_distance(values, center);
  return {TailChoice::Kind::kAsinh, center, scale};
}

Moments finite_moments(const std::vector<double>& values) {
  double largest = 0;
  double count = 0;
  for (const double x : values) {
    if (!std::isfinite(x)) continue;
    largest = std::max(largest, std::abs(x));
    ++count;
  }
  if (count == 0 || largest == 0) return {};
  double mean = 0;
  for (const double x : values) mean += std::isfinite(x) ? x / largest / count : 0;
  double squares = 0;
  for (const double x : values) squares += std::isfinite(x) ? (x / largest - mean) * (x / largest - mean) : 0;
  const double sd = count > 1 ? std::sqrt(squares / (count - 1)) : 0;
  if (sd <= kRounding * std::abs(mean)) return {mean * largest, 1};
  return {mean * largest, std::max(sd * largest, std::numeric_limits<double>::min())};
}

}  // namespace amortflow
