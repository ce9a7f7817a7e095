#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace amortflow {

constexpr std::size_t kQuadratureNodes = 64;

/// Nodes and weights of Gauss and Legendre's rule on (-1, 1).
struct QuadratureRule {
  std::array<double, kQuadratureNodes> node;
  std::array<double, kQuadratureNodes> weight;
};
[[nodiscard]] const QuadratureRule& quadrature_rule();

/// Integral of `f` from `lower` to `upper`: exact to rounding for functions that are smooth on the scale of the range.
template <class F>
[[nodiscard]] double integrate(const F& f, double lower, double upper) {
  const QuadratureRule& rule = quadrature_rule();
  const double middle = (lower + upper) / 2;
  const double half = (upper - lower) / 2;
  double sum = 0;
  for (std::size_t i = 0; i < kQuadratureNodes; ++i) sum += rule.weight[i] * f(middle + half * rule.node[i]);
  return sum * half;
}

}  // namespace amortflow
