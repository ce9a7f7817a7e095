#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace amortflow {

class Expression;
struct PriorRows;

/// The arguments of a function while it is evaluated. Square matrices have the first index fastest.
class Elements final {
 public:
  Elements(const std::vector<Expression>& arguments, const PriorRows& rows) : arguments_(arguments), rows_(rows) {}
  /// Element `i`, from 0.
  [[nodiscard]] double element(std::size_t argument, std::int64_t i) const;
  [[nodiscard]] std::int64_t length(std::size_t argument) const;

 private:
  const std::vector<Expression>& arguments_;
  const PriorRows& rows_;
};

/// A function that expressions of priors may use.
struct ExpressionFunction {
  enum class Result {
    kElementwise,  ///< as long as the longest argument; arguments of one element count for every element
    kNumber,       ///< one number made of all elements
    kMatrix,       ///< from a vector of K elements, K x K
    kScaledMatrix  ///< K x K, as its matrix; the other argument has K elements
  };
  const char* name;
  std::size_t arguments;
  Result result;
  double (*apply)(double, double);                      ///< of kElementwise
  double (*reduce)(const Elements& x, std::int64_t i);  ///< of the others: element `i`
  std::size_t matrix = 0;                               ///< of kScaledMatrix: which argument is the matrix
};

/// nullptr where there is none of that name with so many arguments.
[[nodiscard]] const ExpressionFunction* find_expression_function(const std::string& name, std::size_t arguments);

/// Names of all that are no operators, in alphabetical order.
[[nodiscard]] std::vector<std::string> expression_function_names();

/// K where `length` is K x K, or 0.
[[nodiscard]] std::int64_t square_root_of(std::int64_t length);

}  // namespace amortflow
