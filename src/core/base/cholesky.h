#pragma once

#include <cstdint>

namespace amortflow {

/// Square matrices of small size, `size` x `size` numbers with the first index fastest (as in R). Functions write the
/// lower triangle and set the rest of a triangular result to zero.

/// Lower triangular L with L L' = a, of which the lower triangle is read. False where `a` is not positive definite.
[[nodiscard]] bool cholesky(const double* a, std::int64_t size, double* l);

/// x becomes the solution of L x = x for lower triangular L.
void solve_lower(const double* l, std::int64_t size, double* x);

/// out = L L' for lower triangular L, exactly symmetric.
void times_transpose(const double* l, std::int64_t size, double* out);

/// log determinant of L L'.
[[nodiscard]] double log_determinant(const double* l, std::int64_t size);

}  // namespace amortflow
