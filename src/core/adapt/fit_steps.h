#pragma once

#include "base/matrix.h"
#include "base/spec.h"

namespace amortflow {

/// Learns the numbers of a list of steps from pilot values and moves these through them. In `plan`
/// - list(kind = "standardize") without numbers takes mean and sd of the values as they arrive at the step;
/// - list(kind = "tails", log1p = <flag>) becomes steps "log1p" and "asinh" where `choose_tail` asks for them;
/// - every other step is fixed already and is kept.
/// Values that are not finite are ignored. Returns the steps for an `AdapterSteps`. Throws ConfigError, or ShapeError
/// where a fixed step has other columns.
[[nodiscard]] Spec fit_steps(const Spec& plan, Matrix<double>& rows);

}  // namespace amortflow
