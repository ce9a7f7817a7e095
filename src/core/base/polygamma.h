#pragma once

namespace amortflow {

/// The derivative of log gamma at x > 0.
[[nodiscard]] double digamma(double x);
/// The derivative of digamma at x > 0.
[[nodiscard]] double trigamma(double x);

}  // namespace amortflow
