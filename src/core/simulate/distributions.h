#pragma once

#include <string>
#include <vector>

#include "amortflow/philox.hpp"
#include "simulate/tail_probabilities.h"

namespace amortflow {

struct Interval {
  double lower = 0;
  double upper = 0;
};

/// A univariate distribution that priors may use, under Stan's name and arguments. `a` are the arguments in the order
/// of `arguments`; but for `complaint` they must be valid.
struct Distribution {
  const char* name;
  std::vector<const char*> arguments;
  /// What is wrong with the arguments ("`sigma` must be positive"), or nullptr.
  const char* (*complaint)(const double* a);
  /// Where the density is positive. An end that depends on an argument which is NaN (not known yet) is NaN.
  Interval (*support)(const double* a);
  double (*draw)(rng& random, const double* a);
  /// Of a discrete distribution, the log mass; called within the support and for whole numbers only.
  double (*log_density)(double x, const double* a);
  Tails (*tails)(double x, const double* a);
  /// The inverse of `tails`, or nullptr where there is no closed form.
  double (*quantile)(const Tails& tails, const double* a);
  /// Whole numbers only: for simulation, because a posterior of theirs cannot be learned.
  bool discrete;
};

/// Most arguments that any of them has.
constexpr std::size_t kMostArguments = 3;

/// All of them, in alphabetical order.
[[nodiscard]] const std::vector<Distribution>& distributions();

/// nullptr where there is none of that name.
[[nodiscard]] const Distribution* find_distribution(const std::string& name);

}  // namespace amortflow
