#include "simulate/expression.h"

#include <algorithm>

#include "base/errors.h"

namespace amortflow {

using Result = ExpressionFunction::Result;

double Elements::element(std::size_t argument, std::int64_t i) const { return arguments_[argument].value(rows_, i); }
std::int64_t Elements::length(std::size_t argument) const { return arguments_[argument].length(); }

Expression::Expression(const Spec& spec, const std::vector<NamedColumns>& known) {
  if (const auto* numbers = spec.numbers()) {
    if (numbers->empty()) throw ConfigError("An argument of a prior must hold at least one number.");
    numbers_ = *numbers;
    length_ = static_cast<std::int64_t>(numbers_.size());
    return;
  }
  SpecReader reader(spec, "an argument of a prior");
  if (reader.choice("kind", {"parameter", "call"}) == "parameter") {
    read_parameter(spec, known);
  } else {
    read_call(spec, known);
  }
}

void Expression::read_parameter(const Spec& spec, const std::vector<NamedColumns>& known) {
  SpecReader reader(spec, "a parameter of an expression");
  kind_ = Kind::kParameter;
  const std::string name = reader.text("name");
  const auto found = std::find_if(known.begin(), known.end(), [&](const NamedColumns& c) { return c.name == name; });
  if (found == known.end()) throw ConfigError("Parameter `" + name + "` is not known here.");
  scope_ = found->scope;
  first_column_ = found->first;
  length_ = found->count;
  if (reader.has("element")) {
    first_column_ += reader.integer("element", 1, found->count) - 1;
    length_ = 1;
  }
  reader.finish();
}

void Expression::read_call(const Spec& spec, const std::vector<NamedColumns>& known) {
  SpecReader reader(spec, "a call of an expression");
  kind_ = Kind::kCall;
  const std::string name = reader.text("name");
  const Spec& arguments = reader.child("arguments");
  reader.finish();
  if (arguments.list()) {
    for (const auto& entry : *arguments.list()) arguments_.emplace_back(entry.second, known);
  }
  function_ = find_expression_function(name, arguments_.size());
  if (function_ == nullptr) {
    throw ConfigError("Function `" + name + "` of " + std::to_string(arguments_.size()) + " arguments is not known.");
  }
  length_ = call_length();
}

std::int64_t Expression::call_length() const {
  std::int64_t longest = 1;
  for (const auto& argument : arguments_) longest = std::max(longest, argument.length());
  if (function_->result == Result::kNumber) return 1;
  if (function_->result == Result::kMatrix) return longest * longest;
  if (function_->result == Result::kScaledMatrix) {
    const std::int64_t elements = arguments_[function_->matrix].length();
    const std::int64_t size = arguments_[1 - function_->matrix].length();
    if (elements == size * size) return elements;
    throw ConfigError(std::string(function_->name) +
                      "() needs a square matrix and a vector of as many elements as it " + "has rows, not " +
                      std::to_string(elements) + " and " + std::to_string(size) + " numbers");
  }
  for (const auto& argument : arguments_) {
    if (argument.length() == 1 || argument.length() == longest) continue;
    throw ConfigError("the two sides of `" + std::string(function_->name) + "` have " +
                      std::to_string(argument.length()) + " and " + std::to_string(longest) + " elements");
  }
  return longest;
}

bool Expression::is_constant() const {
  if (kind_ != Kind::kCall) return kind_ == Kind::kNumbers;
  return std::all_of(arguments_.begin(), arguments_.end(), [](const Expression& e) { return e.is_constant(); });
}

double Expression::value(const PriorRows& rows, std::int64_t i) const {
  if (kind_ == Kind::kNumbers) return numbers_[length_ == 1 ? 0 : static_cast<std::size_t>(i)];
  if (kind_ == Kind::kParameter) return rows.of(scope_)[first_column_ + (length_ == 1 ? 0 : i)];
  if (function_->result != Result::kElementwise) return function_->reduce(Elements(arguments_, rows), i);
  const double x = arguments_[0].value(rows, i);
  return function_->apply(x, arguments_.size() > 1 ? arguments_[1].value(rows, i) : 0);
}

}  // namespace amortflow
