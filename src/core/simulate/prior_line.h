#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "amortflow/philox.hpp"
#include "base/spec.h"
#include "simulate/distributions.h"
#include "simulate/expression.h"
#include "simulate/vector_distributions.h"

namespace amortflow {

/// Columns whose elements hang together: "simplex", "ordered", "correlation", "covariance" or "cholesky_corr". Vectors
/// have `dim` elements, matrices dim x dim.
struct SupportShape {
  std::string kind;
  std::int64_t first = 0;  ///< column, from 0
  std::int64_t count = 1;
  std::int64_t dim = 1;
};

/// The static support of every parameter column: bounds that depend on other parameters count as infinite.
struct Support {
  std::vector<double> lower;
  std::vector<double> upper;
  std::vector<bool> discrete;
  std::vector<SupportShape> shapes;
};

/// One line of a prior: a parameter and its distribution given what earlier lines define.
class PriorLine {
 public:
  virtual ~PriorLine() = default;
  [[nodiscard]] virtual const NamedColumns& columns() const = 0;
  /// Appends the support of its columns. Throws NumericError where constant arguments or bounds cannot be.
  virtual void add_support(Support& support) const = 0;
  /// Writes its columns into `row`, which is the row of its scope in `rows`. Throws NumericError, or
  /// std::domain_error of amortflow/distributions.hpp, where it cannot be drawn.
  virtual void draw(rng& random, const PriorRows& rows, double* row) const = 0;
  /// -Inf outside the support. Throws NumericError where arguments are not valid.
  [[nodiscard]] virtual double log_density(const PriorRows& rows) const = 0;
};

/// What a line is made of before its arguments are read.
struct LineTarget {
  NamedColumns columns;
  std::vector<std::int64_t> dim;  ///< empty for a scalar
};

/// Makes a line of its spec (see `Prior`). Throws ConfigError, not yet quoting the line.
[[nodiscard]] std::unique_ptr<PriorLine> make_prior_line(SpecReader& reader,
                                                         const LineTarget& target,
                                                         const std::vector<NamedColumns>& known);

/// Arguments and bounds of a line.
[[nodiscard]] std::vector<Expression> read_arguments(SpecReader& reader, const std::vector<NamedColumns>& known);
/// Throws ConfigError unless there are as many as the distribution has.
void check_argument_count(const char* distribution, std::size_t has, std::size_t given);

/// Lines of univariate distributions and of vector distributions.
[[nodiscard]] std::unique_ptr<PriorLine> make_scalar_line(const Distribution& distribution,
                                                          SpecReader& reader,
                                                          const LineTarget& target,
                                                          const std::vector<NamedColumns>& known);
[[nodiscard]] std::unique_ptr<PriorLine> make_vector_line(const VectorDistribution& distribution,
                                                          SpecReader& reader,
                                                          const LineTarget& target,
                                                          const std::vector<NamedColumns>& known);

}  // namespace amortflow
