#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/spec.h"

namespace amortflow {

/// A parameter that expressions may refer to: `count` columns from `first` on.
struct NamedColumns {
  std::string name;
  std::int64_t first = 0;
  std::int64_t count = 1;
};

/// An argument of a prior: numbers, an earlier parameter (whole or one element) or a calculation with them. As a spec:
/// numbers; list(kind = "parameter", name, element = 1-based, left out for all); list(kind = "call", name, arguments).
class Expression final {
 public:
  /// Throws ConfigError for unknown names, functions and elements.
  Expression(const Spec& spec, const std::vector<NamedColumns>& known);

  /// Number of elements: 1, or the length of the longest part.
  [[nodiscard]] std::int64_t length() const;
  [[nodiscard]] bool is_constant() const;
  /// Element `i`, where parts of one element count for every `i`; `row` holds the parameters drawn so far.
  [[nodiscard]] double value(const double* row, std::int64_t i) const;

 private:
  enum class Kind { kNumbers, kParameter, kCall };
  void read_parameter(const Spec& spec, const std::vector<NamedColumns>& known);
  void read_call(const Spec& spec, const std::vector<NamedColumns>& known);

  Kind kind_ = Kind::kNumbers;
  std::vector<double> numbers_;
  std::int64_t first_column_ = 0;
  std::int64_t count_ = 1;
  double (*function_)(double, double) = nullptr;
  std::vector<Expression> arguments_;
};

}  // namespace amortflow
