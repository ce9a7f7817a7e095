#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "amortflow/philox.hpp"
#include "simulate/distributions.h"

namespace amortflow {

/// A distribution that has vectors or matrices as arguments or values, under Stan's name and arguments. `size` is the
/// length K of the vectors; matrices are K x K with the first index fastest. Arguments come as pointers to 1, K or
/// K x K numbers. `check`, `draw` and `log_density` throw NumericError where they are not valid.
struct VectorDistribution {
  enum class Size { kNumber, kVector, kMatrix };
  const char* name;
  std::vector<const char*> arguments;
  std::vector<Size> argument_sizes;
  Size value;  ///< kNumber: numbers that are independent given the arguments
  /// How the elements of a value hang together: "simplex", "correlation", "covariance", "cholesky_corr", or nullptr.
  const char* shape;
  bool discrete;
  void (*check)(const double* const* a, std::int64_t size);
  /// Where element `i` of a value can be.
  Interval (*support)(std::int64_t i, std::int64_t size);
  void (*draw)(rng& random, const double* const* a, std::int64_t size, double* x);
  /// With respect to the first K - 1 elements of a simplex, the lower triangle of a covariance matrix (with its
  /// diagonal), the strict lower triangle of a correlation matrix or its Cholesky factor. -Inf where `x` is none.
  double (*log_density)(const double* x, const double* const* a, std::int64_t size);
};

/// All of them, in alphabetical order.
[[nodiscard]] const std::vector<VectorDistribution>& vector_distributions();

/// nullptr where there is none of that name.
[[nodiscard]] const VectorDistribution* find_vector_distribution(const std::string& name);

/// The parts of `vector_distributions()`.
[[nodiscard]] std::vector<VectorDistribution> multi_normal_distributions();
[[nodiscard]] std::vector<VectorDistribution> simplex_distributions();
[[nodiscard]] std::vector<VectorDistribution> correlation_distributions();
[[nodiscard]] std::vector<VectorDistribution> wishart_distributions();

/// Lower triangular L with L L' = a. Throws NumericError, naming the argument, unless `a` is symmetric and positive
/// definite.
[[nodiscard]] std::vector<double> checked_cholesky(const double* a, std::int64_t size, const char* name);

/// Deviations from a sum of one, symmetry or a unit diagonal up to here count as rounding.
constexpr double kRounding = 1e-8;
[[nodiscard]] bool is_symmetric(const double* a, std::int64_t size);

}  // namespace amortflow
