#include "simulate/expression.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"

namespace amortflow {

namespace {

struct Function {
  const char* name;
  std::size_t arguments;
  double (*apply)(double, double);
};

const Function kFunctions[] = {
    {"+", 2, [](double x, double y) { return x + y; }},
    {"-", 2, [](double x, double y) { return x - y; }},
    {"*", 2, [](double x, double y) { return x * y; }},
    {"/", 2, [](double x, double y) { return x / y; }},
    {"^", 2, [](double x, double y) { return std::pow(x, y); }},
    {"+", 1, [](double x, double) { return x; }},
    {"-", 1, [](double x, double) { return -x; }},
    {"exp", 1, [](double x, double) { return std::exp(x); }},
    {"log", 1, [](double x, double) { return std::log(x); }},
    {"sqrt", 1, [](double x, double) { return std::sqrt(x); }},
    {"inv_logit", 1, [](double x, double) { return 1 / (1 + std::exp(-x)); }},
};

}  // namespace

Expression::Expression(const Spec& spec, const std::vector<NamedColumns>& known) {
  if (const auto* numbers = spec.numbers()) {
    if (numbers->empty()) throw ConfigError("An argument of a prior must hold at least one number.");
    numbers_ = *numbers;
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
  first_column_ = found->first;
  count_ = found->count;
  if (reader.has("element")) {
    first_column_ += reader.integer("element", 1, found->count) - 1;
    count_ = 1;
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
  for (const auto& function : kFunctions) {
    if (name == function.name && arguments_.size() == function.arguments) function_ = function.apply;
  }
  if (!function_) {
    throw ConfigError("Function `" + name + "` of " + std::to_string(arguments_.size()) + " arguments is not known.");
  }
}

std::int64_t Expression::length() const {
  if (kind_ == Kind::kNumbers) return static_cast<std::int64_t>(numbers_.size());
  if (kind_ == Kind::kParameter) return count_;
  std::int64_t longest = 1;
  for (const auto& argument : arguments_) longest = std::max(longest, argument.length());
  return longest;
}

bool Expression::is_constant() const {
  if (kind_ != Kind::kCall) return kind_ == Kind::kNumbers;
  return std::all_of(arguments_.begin(), arguments_.end(), [](const Expression& e) { return e.is_constant(); });
}

double Expression::value(const double* row, std::int64_t i) const {
  if (kind_ == Kind::kNumbers) return numbers_[numbers_.size() == 1 ? 0 : static_cast<std::size_t>(i)];
  if (kind_ == Kind::kParameter) return row[first_column_ + (count_ == 1 ? 0 : i)];
  const double x = arguments_[0].value(row, i);
  return function_(x, arguments_.size() > 1 ? arguments_[1].value(row, i) : 0);
}

}  // namespace amortflow
