#pragma once

#include "amortflow/dormand_prince.hpp"
#include "amortflow/runge_kutta.hpp"

/// Ordinary differential equations y' = f(t, y) for states that are std::array<double, N> or std::vector<double>:
/// rk4() in equal steps, the same work for every parameter; dormand_prince() in steps of its own choice, to a
/// tolerance. Both call `derivative(t, y, dy)`, which writes dy/dt at (t, y) into `dy`, a state of the size of `y`.
