#pragma once

#include <vector>

#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// Learns the numbers of one block's steps, as `fit_adapter` does, and moves its pilot `rows` through them.
[[nodiscard]] Spec fit_steps(const Spec& plan, Matrix<double>& rows);

/// Learns an adapter's numbers from pilot simulations. `plan` has the form of an adapter's spec; in it
/// - list(kind = "standardize") without numbers takes mean and sd of the pilot values as they arrive at the step;
/// - list(kind = "tails", log1p = <flag>) becomes steps "log1p" and "asinh" where `choose_tail` asks for them;
/// - every other step is fixed already and is kept.
/// parameters: [n, d]; data: [positions of all data sets, variables] of each observable; context: [n, context values].
/// Non-finite values are ignored. Returns the
/// spec of an `Adapter`. Throws ConfigError, or ShapeError if a fixed step has other columns.
[[nodiscard]] Spec fit_adapter(const Spec& plan,
                               Matrix<double> parameters,
                               std::vector<Matrix<double>> data,
                               Matrix<double> context);

}  // namespace amortflow
