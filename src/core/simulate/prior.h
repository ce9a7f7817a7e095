#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/random.h"
#include "base/spec.h"
#include "simulate/distributions.h"
#include "simulate/expression.h"

namespace amortflow {

/// The static support of every parameter column: bounds that depend on other parameters count as infinite.
struct Support {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// A joint prior: one line after the other, later lines may use earlier parameters. As a spec:
///   list(kind = "priors", parameters = list(list(name, text, distribution, arguments = list(<expression>, ...),
///        lb = <expression>, ub = <expression>, dim = <integers>), ...))
/// `text` is the line as the user wrote it and is quoted in errors; lb and ub may be left out. Elements of a parameter
/// with several dimensions are columns in R's order (first index fastest), named as Stan names them.
class Prior final {
 public:
  /// Throws ConfigError, quoting the line.
  explicit Prior(const Spec& spec);

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(variables_.size()); }
  [[nodiscard]] const std::vector<std::string>& variables() const { return variables_; }
  [[nodiscard]] const Support& support() const { return support_; }

  /// One draw into `row` (size() numbers). Throws NumericError, quoting the line, where it cannot be drawn.
  void draw(rng& random, double* row) const;
  /// log density of one row on the user's scale; -Inf outside the support, or where arguments are not valid.
  [[nodiscard]] double log_density(const double* row) const;

 private:
  struct Line {
    std::string text;
    const Distribution* distribution = nullptr;
    std::vector<Expression> arguments;
    std::vector<Expression> lower;  // empty or one
    std::vector<Expression> upper;
    NamedColumns columns;
  };
  [[nodiscard]] Line read_line(const Spec& spec, const std::vector<NamedColumns>& known);
  void add_variables(const std::string& name, const std::vector<double>& dim);
  void add_support(const Line& line);
  static void check_lengths(const Line& line);

  std::vector<Line> lines_;
  std::vector<std::string> variables_;
  Support support_;
};

}  // namespace amortflow
