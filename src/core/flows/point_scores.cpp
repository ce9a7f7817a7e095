#include "flows/point_scores.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

double MeanScore::score(const float* raw, const float* target) const {
  double sum = 0;
  for (std::int64_t j = 0; j < width_; ++j) {
    const double error = static_cast<double>(raw[j]) - static_cast<double>(target[j]);
    sum += 0.5 * error * error;
  }
  return sum;
}

void MeanScore::gradient(const float* raw, const float* target, double scale, float* raw_gradient) const {
  for (std::int64_t j = 0; j < width_; ++j) {
    raw_gradient[j] = static_cast<float>(scale * (static_cast<double>(raw[j]) - static_cast<double>(target[j])));
  }
}

void MeanScore::predict(const float* raw, float* prediction) const { std::copy_n(raw, width_, prediction); }

QuantileScore::QuantileScore(std::int64_t width, std::vector<double> levels)
    : width_(width), levels_(std::move(levels)) {
  const bool rise = std::adjacent_find(levels_.begin(), levels_.end(), std::greater_equal<>()) == levels_.end();
  if (!levels_.empty() && rise && levels_.front() > 0 && levels_.back() < 1) return;
  throw ConfigError("levels of quantiles must rise strictly within (0, 1)");
}

double QuantileScore::quantile(const float* raw, std::int64_t k) const {
  double value = static_cast<double>(raw[middle()]);
  for (std::int64_t i = middle() + 1; i <= k; ++i) value += softplus(static_cast<double>(raw[i]));
  for (std::int64_t i = middle() - 1; i >= k; --i) value -= softplus(static_cast<double>(raw[i]));
  return value;
}

double QuantileScore::score(const float* raw, const float* target) const {
  double sum = 0;
  for (std::int64_t j = 0; j < width_; ++j, raw += count()) {
    for (std::int64_t k = 0; k < count(); ++k) {
      const double above = static_cast<double>(target[j]) - quantile(raw, k);
      sum += above * (level(k) - (above < 0 ? 1 : 0));
    }
  }
  return sum;
}

void QuantileScore::gradient(const float* raw, const float* target, double scale, float* raw_gradient) const {
  for (std::int64_t j = 0; j < width_; ++j, raw += count(), raw_gradient += count()) {
    const auto by_quantile = [&](std::int64_t k) {
      return scale * ((static_cast<double>(target[j]) < quantile(raw, k) ? 1 : 0) - level(k));
    };
    const auto slope = [&](std::int64_t k) { return sigmoid(static_cast<double>(raw[k])); };
    double outer = 0;  // of all quantiles that a step moves
    double all = by_quantile(middle());
    for (std::int64_t k = count() - 1; k > middle(); --k) {
      outer += by_quantile(k);
      raw_gradient[k] = static_cast<float>(outer * slope(k));
    }
    all += outer;
    outer = 0;
    for (std::int64_t k = 0; k < middle(); ++k) {
      outer += by_quantile(k);
      raw_gradient[k] = static_cast<float>(-outer * slope(k));
    }
    raw_gradient[middle()] = static_cast<float>(all + outer);
  }
}

void QuantileScore::predict(const float* raw, float* prediction) const {
  for (std::int64_t j = 0; j < width_; ++j, raw += count()) {
    for (std::int64_t k = 0; k < count(); ++k) *prediction++ = static_cast<float>(quantile(raw, k));
  }
}

}  // namespace amortflow
