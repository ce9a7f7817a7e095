#include "base/polygamma.h"

#include <cmath>

namespace amortflow {

namespace {

constexpr double kSeriesFrom = 8;  // from here on the first omitted terms of both series are below 1e-12

}  // namespace

// Upwards by recurrence, then the asymptotic series (Abramowitz and Stegun 1964, 6.3.18).
double digamma(double x) {
  double below = 0;
  for (; x < kSeriesFrom; x += 1) below += 1 / x;
  const double r = 1 / (x * x);
  return std::log(x) - 0.5 / x - r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r / 132)))) - below;
}

// Likewise (ibid., 6.4.12).
double trigamma(double x) {
  double below = 0;
  for (; x < kSeriesFrom; x += 1) below += 1 / (x * x);
  const double r = 1 / (x * x);
  const double series = r * (1.0 / 6 - r * (1.0 / 30 - r * (1.0 / 42 - r * (1.0 / 30 - r * 5.0 / 66))));
  return (1 + 0.5 / x + series) / x + below;
}

}  // namespace amortflow
