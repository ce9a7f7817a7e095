#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/spec.h"
#include "simulate/expression_functions.h"

namespace amortflow {

/// Where the numbers of a name stand while a prior is drawn: given from outside (context), shared by a whole
/// simulation, or local to one group of a plate.
enum class Scope { kGiven, kShared, kLocal };

/// One row of numbers per scope; a scope that has no names may be nullptr.
struct PriorRows {
  const double* given = nullptr;
  const double* shared = nullptr;
  const double* local = nullptr;

  [[nodiscard]] const double* of(Scope scope) const {
    return scope == Scope::kShared ? shared : scope == Scope::kGiven ? given : local;
  }
};

/// A name that expressions may refer to: `count` columns from `first` on.
struct NamedColumns {
  std::string name;
  std::int64_t first = 0;
  std::int64_t count = 1;
  Scope scope = Scope::kShared;
};

/// An argument of a prior: numbers, an earlier parameter (whole or one element) or a calculation with them. As a spec:
/// numbers; list(kind = "parameter", name, element = 1-based, left out for all); list(kind = "call", name, arguments).
class Expression final {
 public:
  /// Throws ConfigError for unknown names, functions and elements, and for lengths that do not fit together.
  Expression(const Spec& spec, const std::vector<NamedColumns>& known);

  /// Number of elements: 1, or the length of the longest part.
  [[nodiscard]] std::int64_t length() const { return length_; }
  [[nodiscard]] bool is_constant() const;
  /// Element `i`, where parts of one element count for every `i`; `rows` hold what is known so far.
  [[nodiscard]] double value(const PriorRows& rows, std::int64_t i) const;

 private:
  enum class Kind { kNumbers, kParameter, kCall };
  void read_parameter(const Spec& spec, const std::vector<NamedColumns>& known);
  void read_call(const Spec& spec, const std::vector<NamedColumns>& known);
  [[nodiscard]] std::int64_t call_length() const;

  Kind kind_ = Kind::kNumbers;
  std::vector<double> numbers_;
  std::int64_t length_ = 1;
  Scope scope_ = Scope::kShared;
  std::int64_t first_column_ = 0;
  const ExpressionFunction* function_ = nullptr;
  std::vector<Expression> arguments_;
};

}  // namespace amortflow
