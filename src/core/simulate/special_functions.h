#pragma once

#include <cstdint>

namespace amortflow {

[[nodiscard]] double log_beta(double a, double b);
/// log of the multivariate gamma function of dimension `size`; x > (size - 1) / 2.
[[nodiscard]] double log_multivariate_gamma(double x, std::int64_t size);
/// log(n choose k).
[[nodiscard]] double log_choose(double n, double k);
/// log P(Z <= z) of a standard normal, finite for every finite z.
[[nodiscard]] double log_normal_lower_tail(double z);
/// Owen's T(h, a): P(Z1 > h and 0 < Z2 < a Z1) for independent standard normals. Owen (1956).
[[nodiscard]] double owens_t(double h, double a);
/// log(I0(x) exp(-x)), the modified Bessel function of order 0; x >= 0.
[[nodiscard]] double log_scaled_bessel_i0(double x);

}  // namespace amortflow
