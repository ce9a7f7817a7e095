#pragma once

#include <cstdint>
#include <vector>

namespace amortflow {

/// Simultaneous bands for the empirical distribution function of `count` independent values that are uniform on (0, 1):
/// with probability `coverage` (at least the level asked for) the number of values <= points[i] lies in
/// [lower[i], upper[i]] for all i at once.
struct EcdfBands {
  std::vector<double> lower;  ///< counts, not shares
  std::vector<double> upper;
  double gamma = 0;     ///< each point alone is inside with probability at least 1 - gamma
  double coverage = 0;  ///< exact probability of being inside everywhere
};

/// Säilynoja, Bürkner and Vehtari (2022), "Graphical test for discrete uniformity and its applications in
/// goodness-of-fit evaluation and multiple sample comparison": pointwise binomial quantiles at gamma / 2 and
/// 1 - gamma / 2, gamma the largest whose simultaneous coverage is at least `level`; the coverage is exact. Points must
/// increase strictly inside (0, 1). Ranks on 0, ..., S are covered exactly by points j / (S + 1).
/// Throws ConfigError if count < 1, a level is outside (0, 1), or points are not as said.
[[nodiscard]] EcdfBands ecdf_bands(std::int64_t count, const std::vector<double>& points, double level);

/// Probability that the number of `count` uniform values <= points[i] lies in [lower[i], upper[i]] for all i.
/// Given its total, a Poisson process is a uniform sample, so the recursion runs over the process, whose increments are
/// independent, and is divided by the probability of the total: O(points * width * increment) operations.
[[nodiscard]] double inside_probability(std::int64_t count,
                                        const std::vector<double>& points,
                                        const std::vector<double>& lower,
                                        const std::vector<double>& upper);

}  // namespace amortflow
