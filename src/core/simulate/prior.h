#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/random.h"
#include "base/spec.h"
#include "simulate/expression.h"
#include "simulate/prior_line.h"

namespace amortflow {

/// A joint prior: one line after the other, later lines may use earlier parameters. As a spec:
///   list(kind = "priors", given = list(list(name, dim = <integers>), ...),
///        parameters = list(list(name, text, distribution, arguments = list(<expression>, ...),
///        lb = <expression>, ub = <expression>, dim = <integers>, ordered = <flag>, plate = <text>), ...))
/// `given` are names whose values come from outside (context), in one row before the parameters. `text` is the line as
/// the user wrote it and is quoted in errors; given, lb, ub, dim, ordered and plate may be left out. Elements of a
/// parameter with several dimensions are columns in R's order (first index fastest), named as Stan names them.
///
/// Lines with a `plate` are local: drawn once per group of the plate, given the shared ones; all have the same plate.
/// Where nothing is given, `given` may be nullptr.
class Prior final {
 public:
  /// Throws ConfigError, quoting the line.
  explicit Prior(const Spec& spec);

  /// Names given from outside, and how many numbers they are.
  [[nodiscard]] const std::vector<NamedColumns>& given() const { return given_; }
  [[nodiscard]] std::int64_t given_size() const { return given_size_; }

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(shared_.variables.size()); }
  [[nodiscard]] const std::vector<std::string>& variables() const { return shared_.variables; }
  [[nodiscard]] const Support& support() const { return shared_.support; }

  /// One draw of the shared parameters into `row` (size() numbers). Throws NumericError, quoting the line, where it
  /// cannot be drawn.
  void draw(rng& random, const double* given, double* row) const;
  /// log density of one row on the user's scale; -Inf outside the support, or where arguments are not valid.
  [[nodiscard]] double log_density(const double* given, const double* row) const;

  /// Empty where no line has a plate.
  [[nodiscard]] const std::string& plate() const { return plate_; }
  [[nodiscard]] std::int64_t local_size() const { return static_cast<std::int64_t>(local_.variables.size()); }
  [[nodiscard]] const std::vector<std::string>& local_variables() const { return local_.variables; }
  [[nodiscard]] const Support& local_support() const { return local_.support; }

  /// Parameters of one group into `local_row` (local_size() numbers), given the `shared` ones.
  void draw_local(rng& random, const double* given, const double* shared, double* local_row) const;
  /// log density of one group's parameters given the shared ones.
  [[nodiscard]] double local_log_density(const double* given, const double* shared, const double* local_row) const;

 private:
  struct Line {
    std::string text;
    std::unique_ptr<PriorLine> content;
  };
  struct Part {
    std::vector<Line> lines;
    std::vector<std::string> variables;
    Support support;
  };
  void read_given(const Spec& spec);
  void read_line(const Spec& spec, std::vector<NamedColumns>& known);
  [[nodiscard]] bool read_plate(SpecReader& reader);
  static void draw_part(const Part& part, rng& random, const PriorRows& rows, double* row);
  [[nodiscard]] static double part_log_density(const Part& part, const PriorRows& rows);

  std::vector<NamedColumns> given_;
  std::int64_t given_size_ = 0;
  std::string plate_;
  Part shared_;
  Part local_;
};

}  // namespace amortflow
