#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "base/constants.h"
#include "base/errors.h"
#include "simulate/distributions.h"
#include "simulate/prior_line.h"
#include "simulate/truncation.h"

namespace amortflow {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
using Values = std::array<double, kMostArguments>;

double known_or(double value, double otherwise) { return std::isnan(value) ? otherwise : value; }

/// Elements that are independent given the arguments, or the order statistics of as many draws.
class ScalarLine final : public PriorLine {
 public:
  ScalarLine(const Distribution& distribution,
             SpecReader& reader,
             const LineTarget& target,
             const std::vector<NamedColumns>& known)
      : distribution_(distribution), columns_(target.columns), arguments_(read_arguments(reader, known)) {
    if (reader.has("lb")) lower_.emplace_back(reader.child("lb"), known);
    if (reader.has("ub")) upper_.emplace_back(reader.child("ub"), known);
    ordered_ = reader.has("ordered") && reader.flag("ordered");
    check_argument_count(distribution.name, distribution.arguments.size(), arguments_.size());
    for (const auto* expressions : {&arguments_, &lower_, &upper_}) {
      for (const auto& expression : *expressions) check_length(expression);
    }
    if (ordered_) check_ordered(target.dim);
  }

  [[nodiscard]] const NamedColumns& columns() const override { return columns_; }

  void add_support(Support& support) const override {
    // Expressions of what is not known yet are NaN, and so are bounds that depend on it.
    for (std::int64_t i = 0; i < columns_.count; ++i) {
      const Values values = known_values(i);
      const Interval bounds{lower_.empty() ? -kInfinity : known_value(lower_[0], i),
                            upper_.empty() ? kInfinity : known_value(upper_[0], i)};
      if (is_constant()) static_cast<void>(Truncated(distribution_, values.data(), bounds));
      const Interval natural = distribution_.support(values.data());
      support.lower.push_back(std::max(known_or(natural.lower, -kInfinity), known_or(bounds.lower, -kInfinity)));
      support.upper.push_back(std::min(known_or(natural.upper, kInfinity), known_or(bounds.upper, kInfinity)));
      support.discrete.push_back(distribution_.discrete);
    }
    if (ordered_) support.shapes.push_back({"ordered", columns_.first, columns_.count, columns_.count});
  }

  void draw(rng& random, const PriorRows& rows, double* row) const override {
    double* const first = row + columns_.first;
    for (std::int64_t i = 0; i < columns_.count; ++i) {
      const Values values = argument_values(rows, i);
      first[i] = Truncated(distribution_, values.data(), bounds(rows, i)).draw(random);
    }
    if (ordered_) std::sort(first, first + columns_.count);
  }

  [[nodiscard]] double log_density(const PriorRows& rows) const override {
    const double* const first = rows.of(columns_.scope) + columns_.first;
    if (ordered_ && !std::is_sorted(first, first + columns_.count)) return -kInfinity;
    // K! orders of independent elements with the same distribution have the same order statistics.
    double sum = ordered_ ? log_gamma(static_cast<double>(columns_.count) + 1) : 0;
    for (std::int64_t i = 0; i < columns_.count; ++i) {
      const Values values = argument_values(rows, i);
      sum += Truncated(distribution_, values.data(), bounds(rows, i)).log_density(first[i]);
    }
    return sum;
  }

 private:
  void check_length(const Expression& expression) const {
    if (expression.length() == 1 || expression.length() == columns_.count) return;
    throw ConfigError("an argument has " + std::to_string(expression.length()) + " elements, but the parameter has " +
                          std::to_string(columns_.count),
                      columns_.count == 1 ? "Say `dim = " + std::to_string(expression.length()) + "`." : "");
  }

  void check_ordered(const std::vector<std::int64_t>& dim) const {
    if (distribution_.discrete) throw ConfigError("an ordered vector must be continuous");
    if (dim.size() != 1) throw ConfigError("`ordered` needs a vector", "Say `dim = K`.");
    for (const auto* expressions : {&arguments_, &lower_, &upper_}) {
      for (const auto& expression : *expressions) {
        if (expression.length() != 1) {
          throw ConfigError("elements of an ordered vector must have the same arguments and bounds");
        }
      }
    }
  }

  [[nodiscard]] bool is_constant() const {
    const auto constant = [](const Expression& e) { return e.is_constant(); };
    return std::all_of(arguments_.begin(), arguments_.end(), constant) &&
           std::all_of(lower_.begin(), lower_.end(), constant) && std::all_of(upper_.begin(), upper_.end(), constant);
  }

  [[nodiscard]] static double known_value(const Expression& expression, std::int64_t i) {
    return expression.is_constant() ? expression.value(PriorRows(), i) : kUnknown;
  }

  [[nodiscard]] Values known_values(std::int64_t i) const {
    Values values{};
    for (std::size_t k = 0; k < arguments_.size(); ++k) values[k] = known_value(arguments_[k], i);
    return values;
  }

  [[nodiscard]] Values argument_values(const PriorRows& rows, std::int64_t i) const {
    Values values{};
    for (std::size_t k = 0; k < arguments_.size(); ++k) values[k] = arguments_[k].value(rows, i);
    return values;
  }

  [[nodiscard]] Interval bounds(const PriorRows& rows, std::int64_t i) const {
    return {lower_.empty() ? -kInfinity : lower_[0].value(rows, i),
            upper_.empty() ? kInfinity : upper_[0].value(rows, i)};
  }

  const Distribution& distribution_;
  NamedColumns columns_;
  std::vector<Expression> arguments_;
  std::vector<Expression> lower_;  // empty or one
  std::vector<Expression> upper_;
  bool ordered_ = false;
};

}  // namespace

std::unique_ptr<PriorLine> make_scalar_line(const Distribution& distribution,
                                            SpecReader& reader,
                                            const LineTarget& target,
                                            const std::vector<NamedColumns>& known) {
  return std::make_unique<ScalarLine>(distribution, reader, target, known);
}

}  // namespace amortflow
