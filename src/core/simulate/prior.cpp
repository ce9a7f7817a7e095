#include "simulate/prior.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "simulate/truncation.h"

namespace amortflow {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMostArguments = 3;
using Values = std::array<double, kMostArguments>;

Values argument_values(const std::vector<Expression>& arguments, const double* row, std::int64_t i) {
  Values values{};
  for (std::size_t k = 0; k < arguments.size(); ++k) values[k] = arguments[k].value(row, i);
  return values;
}

Interval bounds_of(const std::vector<Expression>& lower,
                   const std::vector<Expression>& upper,
                   const double* row,
                   std::int64_t i) {
  return {lower.empty() ? -kInfinity : lower[0].value(row, i), upper.empty() ? kInfinity : upper[0].value(row, i)};
}

double known_or(double value, double otherwise) { return std::isnan(value) ? otherwise : value; }

std::string quoted(const std::string& line, const std::string& problem) {
  return "In `" + line + "`: " + problem + ".";
}

}  // namespace

Prior::Prior(const Spec& spec) {
  SpecReader reader(spec, "priors()");
  const Spec& parameters = reader.child("parameters");
  reader.finish();
  if (!parameters.list() || parameters.list()->empty()) throw ConfigError("A prior must have at least one parameter.");
  std::vector<NamedColumns> known;
  for (const auto& entry : *parameters.list()) {
    lines_.push_back(read_line(entry.second, known));
    known.push_back(lines_.back().columns);
    check_lengths(lines_.back());
    add_support(lines_.back());
  }
}

Prior::Line Prior::read_line(const Spec& spec, const std::vector<NamedColumns>& known) {
  SpecReader reader(spec, "a line of priors()");
  Line line;
  line.text = reader.text("text");
  line.distribution = &find_distribution(reader.text("distribution"));
  const Spec& arguments = reader.child("arguments");
  if (arguments.list()) {
    for (const auto& entry : *arguments.list()) line.arguments.emplace_back(entry.second, known);
  }
  if (reader.has("lb")) line.lower.emplace_back(reader.child("lb"), known);
  if (reader.has("ub")) line.upper.emplace_back(reader.child("ub"), known);
  const auto dim = reader.has("dim") ? reader.numbers("dim") : std::vector<double>{};
  line.columns.name = reader.text("name");
  line.columns.first = size();
  add_variables(line.columns.name, dim);
  line.columns.count = size() - line.columns.first;
  reader.finish();
  return line;
}

void Prior::add_variables(const std::string& name, const std::vector<double>& dim) {
  if (dim.empty()) {
    variables_.push_back(name);
    return;
  }
  for (const double extent : dim) {
    if (!(extent >= 1 && extent == std::floor(extent))) throw ConfigError("`dim` must hold positive whole numbers.");
  }
  std::vector<std::int64_t> index(dim.size(), 1);
  for (std::size_t axis = 0; axis < dim.size();) {
    std::string text = name + "[";
    for (std::size_t k = 0; k < index.size(); ++k) text += (k > 0 ? "," : "") + std::to_string(index[k]);
    variables_.push_back(text + "]");
    for (axis = 0; axis < dim.size() && static_cast<double>(++index[axis]) > dim[axis]; ++axis) index[axis] = 1;
  }
}

void Prior::check_lengths(const Line& line) {
  const auto count = line.columns.count;
  if (line.arguments.size() != line.distribution->arguments.size()) {
    throw ConfigError(quoted(line.text, std::string(line.distribution->name) + "() has " +
                                            std::to_string(line.distribution->arguments.size()) + " arguments, not " +
                                            std::to_string(line.arguments.size())));
  }
  const auto check = [&](const Expression& expression) {
    if (expression.length() == 1 || expression.length() == count) return;
    throw ConfigError(quoted(line.text, "an argument has " + std::to_string(expression.length()) +
                                            " elements, but the parameter has " + std::to_string(count)),
                      count == 1 ? "Say `dim = " + std::to_string(expression.length()) + "`." : "");
  };
  for (const auto* expressions : {&line.arguments, &line.lower, &line.upper}) {
    std::for_each(expressions->begin(), expressions->end(), check);
  }
}

void Prior::add_support(const Line& line) {
  const std::vector<double> unknown(static_cast<std::size_t>(size()), kUnknown);
  const auto constant = [](const Expression& e) { return e.is_constant(); };
  const bool all_constant = std::all_of(line.arguments.begin(), line.arguments.end(), constant) &&
                            std::all_of(line.lower.begin(), line.lower.end(), constant) &&
                            std::all_of(line.upper.begin(), line.upper.end(), constant);
  for (std::int64_t i = 0; i < line.columns.count; ++i) {
    const Values values = argument_values(line.arguments, unknown.data(), i);
    const Interval bounds = bounds_of(line.lower, line.upper, unknown.data(), i);
    if (all_constant) {
      try {
        static_cast<void>(Truncated(*line.distribution, values.data(), bounds));
      } catch (const NumericError& error) {
        throw ConfigError(quoted(line.text, error.what()));
      }
    }
    const Interval natural = line.distribution->support(values.data());
    support_.lower.push_back(std::max(known_or(natural.lower, -kInfinity), known_or(bounds.lower, -kInfinity)));
    support_.upper.push_back(std::min(known_or(natural.upper, kInfinity), known_or(bounds.upper, kInfinity)));
  }
}

void Prior::draw(rng& random, double* row) const {
  for (const auto& line : lines_) {
    try {
      for (std::int64_t i = 0; i < line.columns.count; ++i) {
        const Values values = argument_values(line.arguments, row, i);
        const Truncated truncated(*line.distribution, values.data(), bounds_of(line.lower, line.upper, row, i));
        row[line.columns.first + i] = truncated.draw(random);
      }
    } catch (const std::exception& error) {  // NumericError, or std::domain_error of amortflow/distributions.hpp
      throw NumericError(quoted(line.text, error.what()));
    }
  }
}

double Prior::log_density(const double* row) const {
  double sum = 0;
  for (const auto& line : lines_) {
    for (std::int64_t i = 0; i < line.columns.count; ++i) {
      const Values values = argument_values(line.arguments, row, i);
      try {
        const Truncated truncated(*line.distribution, values.data(), bounds_of(line.lower, line.upper, row, i));
        sum += truncated.log_density(row[line.columns.first + i]);
      } catch (const NumericError&) {
        return -kInfinity;
      }
    }
  }
  return sum;
}

}  // namespace amortflow
