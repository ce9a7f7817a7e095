#pragma once

#include <cstdint>
#include <string>

#include "nets/layer.h"

namespace amortflow {

/// dx/dt = f(x, t) for many rows, each with a time of its own.
class RowField {
 public:
  virtual ~RowField() = default;
  /// Writes the rates of change [count, width] of the states [count, width] of `rows` (numbers among all rows) at
  /// `times`. A row's rates depend on that row alone.
  virtual void evaluate(const std::int64_t* rows, const double* times, const Panel& states, const Panel& rates) = 0;
};

enum class OdeMethod { kAdaptive, kEuler, kMidpoint, kRungeKutta4 };

struct OdeOptions {
  OdeMethod method = OdeMethod::kAdaptive;
  std::int64_t steps = 100;              ///< of equal length, of methods that are not adaptive
  double tolerance = 1e-3;               ///< of adaptive steps, relative and absolute: see solve_ode()
  std::int64_t max_evaluations = 10000;  ///< of one row, of adaptive steps
};

/// Carries all rows of `states` from `begin` to `end` (either may be larger), in place. Adaptive: the embedded pair of
/// Dormand and Prince (1980) of orders 5 and 4; every row has its own time and step, whose estimated error stays below
/// tolerance (1 + |x|) in root mean square over the columns; rows that arrive give their place to the next, so that
/// what becomes of a row does not depend on the others. Throws NumericError where a row needs more than max_evaluations
/// or leaves the finite numbers.
void solve_ode(RowField& field,
               const Panel& states,
               double begin,
               double end,
               const OdeOptions& options,
               Scratch& scratch);

}  // namespace amortflow
