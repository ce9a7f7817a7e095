#pragma once

namespace amortflow {

/// P(X <= x) and P(X > x), each with full relative accuracy where it is the small one.
struct Tails {
  double lower = 0;
  double upper = 1;
};

/// log of the absolute gamma function for x > 0. (std::lgamma writes a global variable, so threads must not call it.)
[[nodiscard]] double log_gamma(double x);

[[nodiscard]] Tails normal_tails(double z);
/// z with the given tails; the smaller one decides. Wichura (1988), algorithm AS 241.
[[nodiscard]] double normal_quantile(const Tails& tails);
/// Gamma distribution of rate 1: the regularised incomplete gamma functions.
[[nodiscard]] Tails gamma_tails(double x, double shape);
/// Beta distribution: the regularised incomplete beta function.
[[nodiscard]] Tails beta_tails(double x, double a, double b);
/// Student's t with `nu` degrees of freedom.
[[nodiscard]] Tails student_t_tails(double t, double nu);

}  // namespace amortflow
