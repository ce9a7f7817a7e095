#pragma once

#include "simulate/distributions.h"

namespace amortflow {

/// A distribution with its arguments, kept within bounds. Infinite bounds change nothing. Of a discrete distribution,
/// whole numbers on the bounds are inside.
class Truncated final {
 public:
  /// Throws NumericError where the arguments are not valid or the bounds leave no probability.
  Truncated(const Distribution& distribution, const double* arguments, Interval bounds);

  /// Inside the open support, so that its logarithm or logit is finite; but for discrete distributions.
  [[nodiscard]] double draw(rng& random) const;
  /// -Inf outside the bounds.
  [[nodiscard]] double log_density(double x) const;

 private:
  [[nodiscard]] double draw_between(rng& random) const;
  [[nodiscard]] double quantile(const Tails& tails) const;

  const Distribution& distribution_;
  const double* arguments_;
  Interval range_;    // the support within the bounds
  bool cut_ = false;  // the bounds take something away
  Tails at_lower_;    // of the distribution without bounds
  Tails at_upper_{1, 0};
  double mass_ = 1;
};

}  // namespace amortflow
