#pragma once

#include <cstddef>

namespace amortflow {

namespace detail {

/// What a step needs beside the state; made once for many steps, as it allocates for std::vector.
template <class State>
struct rk4_stages {
  explicit rk4_stages(const State& y) : k1(y), k2(y), k3(y), k4(y), at(y) {}
  State k1, k2, k3, k4, at;
};

template <class State, class Derivative>
void rk4_step(State& y, double t, double h, const Derivative& derivative, rk4_stages<State>& s) {
  const std::size_t n = y.size();
  derivative(t, y, s.k1);
  for (std::size_t i = 0; i < n; ++i) s.at[i] = y[i] + 0.5 * h * s.k1[i];
  derivative(t + 0.5 * h, s.at, s.k2);
  for (std::size_t i = 0; i < n; ++i) s.at[i] = y[i] + 0.5 * h * s.k2[i];
  derivative(t + 0.5 * h, s.at, s.k3);
  for (std::size_t i = 0; i < n; ++i) s.at[i] = y[i] + h * s.k3[i];
  derivative(t + h, s.at, s.k4);
  for (std::size_t i = 0; i < n; ++i) y[i] += h / 6 * (s.k1[i] + 2 * s.k2[i] + 2 * s.k3[i] + s.k4[i]);
}

}  // namespace detail

/// One step of length `h` of the classical Runge-Kutta method of order 4: moves `y` from `t` to `t + h`.
template <class State, class Derivative>
void rk4_step(State& y, double t, double h, const Derivative& derivative) {
  detail::rk4_stages<State> stages(y);
  detail::rk4_step(y, t, h, derivative, stages);
}

/// Moves `y` from `t0` to `t1` in `steps` equal steps of rk4_step().
template <class State, class Derivative>
void rk4(State& y, double t0, double t1, int steps, const Derivative& derivative) {
  const double h = (t1 - t0) / steps;
  detail::rk4_stages<State> stages(y);
  for (int step = 0; step < steps; ++step) detail::rk4_step(y, t0 + step * h, h, derivative, stages);
}

}  // namespace amortflow
