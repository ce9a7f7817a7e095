#pragma once

#include <cmath>
#include <limits>

#include "amortflow/continuous.hpp"
#include "amortflow/inverse_gaussian.hpp"
#include "amortflow/philox.hpp"
#include "amortflow/range.hpp"

/// The drift diffusion model with Stan's parameters: evidence starts at share `beta` of the boundary separation
/// `alpha`, drifts with `delta` and standard deviation 1 per unit of time, and is absorbed at 0 or at `alpha`; `tau` is
/// added to the time.
namespace amortflow {

struct wiener_response {
  double rt;
  bool upper;
};

namespace detail {

/// The time at which Brownian motion with drift z >= 0 from the middle leaves an interval of half width 1. It is the
/// variable J*(1, z) of Polson, Scott and Windle (2013), "Bayesian inference for logistic models using Polya-Gamma
/// latent variables", drawn by their method: exactly, from an inverse Gaussian below `kCut`, an exponential above it,
/// and an alternating series that decides after few terms. More than 99.9 % of proposals are accepted.
class symmetric_exit final {
 public:
  explicit symmetric_exit(double z) noexcept : z_(z), rate_(0.125 * kPi * kPi + 0.5 * z * z) {
    const double root = std::sqrt(kCut);
    const double left = 0.5 * std::erfc((1 - kCut * z) / root * kRootHalf);
    const double right = 0.5 * std::erfc((1 + kCut * z) / root * kRootHalf);
    const double start = std::log(rate_) + rate_ * kCut;
    const double odds = 4 / kPi * (std::exp(start - z + std::log(left)) + std::exp(start + z + std::log(right)));
    share_of_exponential_ = 1 / (1 + odds);
  }

  double draw(rng& random) const {
    for (;;) {
      const double x =
          random.uniform() < share_of_exponential_ ? kCut - std::log(random.uniform()) / rate_ : short_time(random);
      if (accepts(x, random)) return x;
    }
  }

 private:
  static constexpr double kPi = 3.14159265358979323846;
  static constexpr double kRootHalf = 0.70710678118654752440;
  static constexpr double kCut = 0.64;

  /// Inverse Gaussian with mean 1 / z and shape 1, below kCut.
  double short_time(rng& random) const {
    if (z_ * kCut >= 1) {
      for (;;) {
        const double x = inverse_gaussian(random, 1 / z_, 1);
        if (x < kCut) return x;
      }
    }
    for (;;) {
      double e = 0;
      do {
        e = -std::log(random.uniform());
      } while (e * e > -2 / kCut * std::log(random.uniform()));
      const double x = kCut / ((1 + kCut * e) * (1 + kCut * e));
      if (random.uniform() <= std::exp(-0.5 * z_ * z_ * x)) return x;
    }
  }

  /// Term n of the series of the density without drift, whose signs alternate.
  static double term(int n, double x) noexcept {
    const double k = n + 0.5;
    if (x > kCut) return kPi * k * std::exp(-0.5 * k * k * kPi * kPi * x);
    const double scale = 2 / (kPi * x);
    return scale * std::sqrt(scale) * kPi * k * std::exp(-2 * k * k / x);
  }

  static bool accepts(double x, rng& random) noexcept {
    double sum = term(0, x);
    const double y = random.uniform() * sum;
    for (int n = 1;; n += 2) {
      sum -= term(n, x);
      if (y <= sum) return true;
      sum += term(n + 1, x);
      if (y > sum) return false;
    }
  }

  double z_;
  double rate_;
  double share_of_exponential_;
};

/// log density of the passage at the lower boundary, for alpha = 1 and delta = 0, at time t > 0: Navarro and Fuss
/// (2009), "Fast and accurate calculations for first-passage times in Wiener diffusion models", eqs 5 and 6. Both
/// series have their largest term taken out, and terms below 1e-18 of it left out.
inline double standard_passage_log_density(double t, double w) noexcept {
  constexpr double kPi = 3.14159265358979323846;
  constexpr double kLogPi = 1.14472988584940017414;
  constexpr double kLogRootTwoPi = 0.91893853320467274178;
  double sum = 0;
  if (t < 0.4) {
    for (int k = -3; k <= 3; ++k) sum += (w + 2 * k) * std::exp(-2 * k * (w + k) / t);
    return std::log(sum) - 0.5 * w * w / t - 1.5 * std::log(t) - kLogRootTwoPi;
  }
  for (int k = 1; k <= 6; ++k) sum += k * std::exp(-0.5 * (k * k - 1) * kPi * kPi * t) * std::sin(k * kPi * w);
  return std::log(sum) + kLogPi - 0.5 * kPi * kPi * t;
}

}  // namespace detail

/// One response, exactly, without steps of time: the path is followed from one symmetric interval, as wide as the
/// boundaries allow, to the next (Muller, 1956, "Some continuous Monte Carlo methods for the Dirichlet problem").
/// The side of an exit does not depend on its time.
inline wiener_response wiener(rng& random, double alpha, double tau, double beta, double delta) {
  detail::require(alpha > 0 && std::isfinite(alpha), "wiener(): alpha must be positive and finite", alpha);
  detail::require(tau >= 0, "wiener(): tau must be at least 0", tau);
  detail::require(beta > 0 && beta < 1, "wiener(): beta must lie between 0 and 1", beta);
  detail::require(std::isfinite(delta), "wiener(): delta must be finite", delta);
  double below = alpha * beta;  // distances to the boundaries
  double above = alpha - below;
  double time = tau;
  for (;;) {
    const double width = std::fmin(below, above);
    time += width * width * detail::symmetric_exit(std::fabs(delta) * width).draw(random);
    const bool up = random.uniform() * (1 + std::exp(-2 * delta * width)) < 1;
    if (up && above <= below) return {time, true};
    if (!up && below <= above) return {time, false};
    below += up ? width : -width;
    above = alpha - below;
  }
}

/// log of the joint density of the response time `rt` and the boundary.
inline double wiener_lpdf(double rt, bool upper, double alpha, double tau, double beta, double delta) noexcept {
  const double t = rt - tau;
  if (!(t > 0)) return -std::numeric_limits<double>::infinity();
  const double w = upper ? 1 - beta : beta;
  const double drift = upper ? -delta : delta;
  const double scale = alpha * alpha;
  return detail::standard_passage_log_density(t / scale, w) - std::log(scale) - drift * alpha * w -
         0.5 * delta * delta * t;
}

}  // namespace amortflow
