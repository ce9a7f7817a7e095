// Two quantities that change each other linearly, without noise: u' = a u + b v, v' = c u + d v, at 32 times from 0
// to 1. The tutorial "Linear ODE system" of BayesFlow (Radev et al., 2023).
//
//   prior      a, b, c, d, u0, v0 ~ uniform(-10, 10), given that no solution grows (both eigenvalues have real parts of
//              at most 0)
//   observed   "series" of 32 positions, variables u and v
#include <amortflow/simulator.hpp>

constexpr int kTimes = 32;

// exp(A t) = exp(m t) (c(t) I + s(t) (A - m I)) for a 2 x 2 matrix A: m is half the trace, q the square of half the
// difference of its eigenvalues, c = cosh(sqrt(q) t) and s = sinh(sqrt(q) t) / sqrt(q), or cos and sin where q < 0.
void linear_ode(const double* theta, double* out, amortflow::rng&) {
  const double a = theta[0], b = theta[1], c = theta[2], d = theta[3], u = theta[4], v = theta[5];
  const double mean = 0.5 * (a + d);
  const double half = 0.5 * (a - d);
  const double square = half * half + b * c;
  const double root = std::sqrt(std::fabs(square));
  for (int i = 0; i < kTimes; ++i) {
    const double t = i / static_cast<double>(kTimes - 1);
    const double even = square < 0 ? std::cos(root * t) : std::cosh(root * t);
    const double odd = root * t < 1e-8 ? t : (square < 0 ? std::sin(root * t) : std::sinh(root * t)) / root;
    const double scale = std::exp(mean * t);
    out[2 * i] = scale * (even * u + odd * (half * u + b * v));
    out[2 * i + 1] = scale * (even * v + odd * (c * u - half * v));
  }
}

AMORTFLOW_SIMULATOR(linear_ode, amortflow::sizes().parameters(6).positions(kTimes).variables(2))
