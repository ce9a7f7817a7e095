#include "simulate/quadrature.h"

#include "base/constants.h"

namespace amortflow {

namespace {

/// Newton's method on the Legendre polynomial, from the usual cosine guess.
QuadratureRule make_rule() {
  constexpr auto n = static_cast<double>(kQuadratureNodes);
  QuadratureRule rule{};
  for (std::size_t i = 0; i < kQuadratureNodes; ++i) {
    double x = std::cos(kPi * (static_cast<double>(i) + 0.75) / (n + 0.5));
    double slope = 1;
    for (int step = 0; step < 10; ++step) {
      double before = 0;
      double value = 1;
      for (double k = 0; k < n; ++k) {
        const double next = ((2 * k + 1) * x * value - k * before) / (k + 1);
        before = value;
        value = next;
      }
      slope = n * (x * value - before) / (x * x - 1);
      x -= value / slope;
    }
    rule.node[i] = x;
    rule.weight[i] = 2 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

}  // namespace

const QuadratureRule& quadrature_rule() {
  static const QuadratureRule rule = make_rule();
  return rule;
}

}  // namespace amortflow
