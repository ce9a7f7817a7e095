#pragma once

#include <array>
#include <cstddef>

namespace amortflow {

/// One step of length `h` of the classical Runge-Kutta method of order 4: moves `y` from `t` to `t + h`.
/// `derivative(t, y, dy)` writes dy/dt at (t, y) into `dy`; all three are std::array<double, N>.
template <std::size_t N, class Derivative>
void rk4_step(std::array<double, N>& y, double t, double h, const Derivative& derivative) {
  std::array<double, N> k1{}, k2{}, k3{}, k4{}, at{};
  derivative(t, y, k1);
  for (std::size_t i = 0; i < N; ++i) at[i] = y[i] + 0.5 * h * k1[i];
  derivative(t + 0.5 * h, at, k2);
  for (std::size_t i = 0; i < N; ++i) at[i] = y[i] + 0.5 * h * k2[i];
  derivative(t + 0.5 * h, at, k3);
  for (std::size_t i = 0; i < N; ++i) at[i] = y[i] + h * k3[i];
  derivative(t + h, at, k4);
  for (std::size_t i = 0; i < N; ++i) y[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
}

/// Moves `y` from `t0` to `t1` in `steps` equal steps of rk4_step().
template <std::size_t N, class Derivative>
void rk4(std::array<double, N>& y, double t0, double t1, int steps, const Derivative& derivative) {
  const double h = (t1 - t0) / steps;
  for (int step = 0; step < steps; ++step) rk4_step(y, t0 + step * h, h, derivative);
}

}  // namespace amortflow
