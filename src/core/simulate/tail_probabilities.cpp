#include "simulate/tail_probabilities.h"

#include <cmath>
#include <limits>

#include "base/constants.h"

namespace amortflow {

namespace {

constexpr double kTiny = 1e-300;  // keeps the denominators of Lentz's method away from 0
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
constexpr int kMaxTerms = 1000000;  // series and fractions need about sqrt(shape) terms

template <int N>
double polynomial(const double (&coefficients)[N], double x) {
  double value = 0;
  for (int i = N - 1; i >= 0; --i) value = value * x + coefficients[i];
  return value;
}

/// log_gamma(x) minus (x - 1/2) log(x) - x + log(sqrt(2 pi)), by Stirling's series, for x >= 10.
double stirling_correction(double x) {
  constexpr double kSeries[] = {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156};
  return polynomial(kSeries, 1 / (x * x)) / x;
}

/// x^shape exp(-x) / gamma(shape + 1), in a form that does not cancel for large shapes.
double gamma_kernel(double x, double shape) {
  if (shape < 10) return std::exp(shape * std::log(x) - x - log_gamma(shape + 1));
  const double d = (x - shape) / shape;
  const double correction = 0.5 * std::log(shape) + kLogSqrt2Pi + stirling_correction(shape);
  return std::exp(shape * (std::log1p(d) - d) - correction);
}

/// Power series of the lower tail, for x < shape + 1.
double gamma_series(double x, double shape) {
  double term = 1;
  double sum = 1;
  for (int k = 1; k < kMaxTerms && term > sum * kEpsilon; ++k) {
    term *= x / (shape + k);
    sum += term;
  }
  return sum * gamma_kernel(x, shape);
}

/// Continued fraction of the upper tail by Lentz's method, for x >= shape + 1.
double gamma_fraction(double x, double shape) {
  double b = x + 1 - shape;
  double c = 1 / kTiny;
  double d = 1 / b;
  double h = d;
  for (int k = 1; k < kMaxTerms; ++k) {
    const double a = -k * (k - shape);
    b += 2;
    d = 1 / (std::fabs(a * d + b) < kTiny ? kTiny : a * d + b);
    c = std::fabs(b + a / c) < kTiny ? kTiny : b + a / c;
    h *= d * c;
    if (std::fabs(d * c - 1) < kEpsilon) break;
  }
  return h * shape * gamma_kernel(x, shape);
}

/// Continued fraction of the incomplete beta function by Lentz's method, for x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) {
  const auto away_from_zero = [](double v) { return std::fabs(v) < kTiny ? kTiny : v; };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double h = d;
  for (int m = 1; m < kMaxTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    h *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    h *= d * c;
    if (std::fabs(d * c - 1) < kEpsilon) break;
  }
  return h;
}

/// Both tails of the beta distribution from x and y = 1 - x, of which each is exact.
Tails beta_tails_of(double x, double y, double a, double b) {
  const double log_kernel = a * std::log(x) + b * std::log(y) - (log_gamma(a) + log_gamma(b) - log_gamma(a + b));
  const double kernel = std::exp(log_kernel);
  if (x < (a + 1) / (a + b + 2)) {
    const double lower = kernel * beta_fraction(x, a, b) / a;
    return {lower, 1 - lower};
  }
  const double upper = kernel * beta_fraction(y, b, a) / b;
  return {1 - upper, upper};
}

}  // namespace

double log_gamma(double x) {
  // Stirling's series from 10 on, smaller arguments by the recurrence gamma(x + 1) = x gamma(x).
  double product = 1;
  while (x < 10) product *= x++;
  return (x - 0.5) * std::log(x) - x + kLogSqrt2Pi + stirling_correction(x) - std::log(product);
}

Tails normal_tails(double z) {
  constexpr double kRootHalf = 0.70710678118654752440;
  return {0.5 * std::erfc(-z * kRootHalf), 0.5 * std::erfc(z * kRootHalf)};
}

double normal_quantile(const Tails& tails) {
  constexpr double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                          1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                          3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double b[] = {1.0,
                          4.2313330701600911252e+1,
                          6.8718700749205790830e+2,
                          5.3941960214247511077e+3,
                          2.1213794301586595867e+4,
                          3.9307895800092710610e+4,
                          2.8729085735721942674e+4,
                          5.2264952788528545610e+3};
  constexpr double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                          3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                          2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double d[] = {1.0,
                          2.05319162663775882187e0,
                          1.67638483018380384940e0,
                          6.89767334985100004550e-1,
                          1.48103976427480074590e-1,
                          1.51986665636164571966e-2,
                          5.47593808499534494600e-4,
                          1.05075007164441684324e-9};
  constexpr double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                          2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double f[] = {1.0,
                          5.99832206555887937690e-1,
                          1.36929880922735805310e-1,
                          1.48753612908506148525e-2,
                          7.86869131145613259100e-4,
                          1.84631831751005468180e-5,
                          1.42151175831644588870e-7,
                          2.04426310338993978564e-15};
  const double q = tails.lower < tails.upper ? tails.lower - 0.5 : 0.5 - tails.upper;
  if (std::fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
  }
  const double r = std::sqrt(-std::log(q < 0 ? tails.lower : tails.upper));
  const double z =
      r <= 5 ? polynomial(c, r - 1.6) / polynomial(d, r - 1.6) : polynomial(e, r - 5) / polynomial(f, r - 5);
  return q < 0 ? -z : z;
}

Tails gamma_tails(double x, double shape) {
  if (!(x > 0)) return {0, 1};
  if (std::isinf(x)) return {1, 0};
  if (x < shape + 1) {
    const double lower = gamma_series(x, shape);
    return {lower, 1 - lower};
  }
  const double upper = gamma_fraction(x, shape);
  return {1 - upper, upper};
}

Tails beta_tails(double x, double a, double b) {
  if (!(x > 0)) return {0, 1};
  if (x >= 1) return {1, 0};
  return beta_tails_of(x, 1 - x, a, b);
}

Tails student_t_tails(double t, double nu) {
  if (t == 0) return {0.5, 0.5};
  if (std::isinf(t)) return t < 0 ? Tails{0, 1} : Tails{1, 0};
  const double ratio = t / nu * t;
  const double outside = 0.5 * beta_tails_of(1 / (1 + ratio), ratio / (1 + ratio), nu / 2, 0.5).lower;
  return t < 0 ? Tails{outside, 1 - outside} : Tails{1 - outside, outside};
}

}  // namespace amortflow
