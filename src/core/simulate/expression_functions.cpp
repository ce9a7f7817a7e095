#include "simulate/expression_functions.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "simulate/tail_probabilities.h"

namespace amortflow {

namespace {

using Result = ExpressionFunction::Result;

double sum_of(const Elements& x, std::int64_t) {
  double sum = 0;
  for (std::int64_t i = 0; i < x.length(0); ++i) sum += x.element(0, i);
  return sum;
}

double extreme_of(const Elements& x, bool largest) {
  double extreme = x.element(0, 0);
  for (std::int64_t i = 1; i < x.length(0); ++i) {
    const double value = x.element(0, i);
    extreme = largest ? std::max(extreme, value) : std::min(extreme, value);
  }
  return extreme;
}

double diag_matrix(const Elements& x, std::int64_t i) {
  const std::int64_t size = x.length(0);
  return i / size == i % size ? x.element(0, i % size) : 0;
}

double quad_form_diag(const Elements& x, std::int64_t i) {
  const std::int64_t size = x.length(1);
  return x.element(1, i % size) * x.element(0, i) * x.element(1, i / size);
}

double diag_pre_multiply(const Elements& x, std::int64_t i) { return x.element(0, i % x.length(0)) * x.element(1, i); }

ExpressionFunction elementwise(const char* name, std::size_t arguments, double (*apply)(double, double)) {
  return {name, arguments, Result::kElementwise, apply, nullptr, 0};
}
ExpressionFunction number(const char* name, double (*reduce)(const Elements&, std::int64_t)) {
  return {name, 1, Result::kNumber, nullptr, reduce, 0};
}

const std::vector<ExpressionFunction>& functions() {
  static const std::vector<ExpressionFunction> all = {
      elementwise("+", 2, [](double x, double y) { return x + y; }),
      elementwise("-", 2, [](double x, double y) { return x - y; }),
      elementwise("*", 2, [](double x, double y) { return x * y; }),
      elementwise("/", 2, [](double x, double y) { return x / y; }),
      elementwise("^", 2, [](double x, double y) { return std::pow(x, y); }),
      elementwise("pow", 2, [](double x, double y) { return std::pow(x, y); }),
      elementwise("min", 2, [](double x, double y) { return std::min(x, y); }),
      elementwise("max", 2, [](double x, double y) { return std::max(x, y); }),
      elementwise("+", 1, [](double x, double) { return x; }),
      elementwise("-", 1, [](double x, double) { return -x; }),
      elementwise("abs", 1, [](double x, double) { return std::fabs(x); }),
      elementwise("exp", 1, [](double x, double) { return std::exp(x); }),
      elementwise("expm1", 1, [](double x, double) { return std::expm1(x); }),
      elementwise("log", 1, [](double x, double) { return std::log(x); }),
      elementwise("log1p", 1, [](double x, double) { return std::log1p(x); }),
      elementwise("sqrt", 1, [](double x, double) { return std::sqrt(x); }),
      elementwise("square", 1, [](double x, double) { return x * x; }),
      elementwise("inv_logit", 1, [](double x, double) { return 1 / (1 + std::exp(-x)); }),
      elementwise("logit", 1, [](double x, double) { return std::log(x) - std::log1p(-x); }),
      elementwise("Phi", 1, [](double x, double) { return normal_tails(x).lower; }),
      number("sum", sum_of),
      number("mean", [](const Elements& x, std::int64_t) { return sum_of(x, 0) / static_cast<double>(x.length(0)); }),
      number("min", [](const Elements& x, std::int64_t) { return extreme_of(x, false); }),
      number("max", [](const Elements& x, std::int64_t) { return extreme_of(x, true); }),
      {"diag_matrix", 1, Result::kMatrix, nullptr, diag_matrix, 0},
      {"quad_form_diag", 2, Result::kScaledMatrix, nullptr, quad_form_diag, 0},
      {"diag_pre_multiply", 2, Result::kScaledMatrix, nullptr, diag_pre_multiply, 1}};
  return all;
}

}  // namespace

const ExpressionFunction* find_expression_function(const std::string& name, std::size_t arguments) {
  for (const auto& function : functions()) {
    if (name == function.name && arguments == function.arguments) return &function;
  }
  return nullptr;
}

std::vector<std::string> expression_function_names() {
  std::set<std::string> names;
  for (const auto& function : functions()) {
    if (std::string("+-*/^").find(function.name) == std::string::npos) names.insert(function.name);
  }
  return {names.begin(), names.end()};
}

std::int64_t square_root_of(std::int64_t length) {
  const auto root = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(length))));
  return root * root == length ? root : 0;
}

}  // namespace amortflow
