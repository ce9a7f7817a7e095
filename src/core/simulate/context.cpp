#include "simulate/context.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/errors.h"
#include "base/random.h"
#include "simulate/prior_draws.h"

namespace amortflow {

namespace {

std::string line_name(const std::string& variable) { return variable.substr(0, variable.find('[')); }

std::string shown(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text.empty() ? "none" : text;
}

std::vector<std::int64_t> find_columns(const SimulatorShape& wanted,
                                       const std::string& who,
                                       const std::vector<std::string>& variables) {
  std::vector<std::int64_t> columns;
  for (const auto& value : wanted.context) {
    const std::size_t before = columns.size();
    for (std::size_t j = 0; j < variables.size(); ++j) {
      if (line_name(variables[j]) == value.name) columns.push_back(static_cast<std::int64_t>(j));
    }
    const auto found = static_cast<std::int64_t>(columns.size() - before);
    if (found == value.length) continue;
    throw ConfigError(who + " takes " + std::to_string(value.length) + " number(s) `" + value.name +
                          "` of context, but the model's context has " + std::to_string(found) + ".",
                      "The model's context: " + shown(variables) + ".");
  }
  return columns;
}

}  // namespace

Context::Context(const Spec& spec, std::int64_t batch) : batch_(batch) {
  if (spec.is_null()) return;
  if (!spec.list()) throw ConfigError("The context of a model must be a list of its parts.");
  for (const auto& entry : *spec.list()) {
    SpecReader reader(entry.second, "a part of the context");
    parts_.push_back({Prior(reader.child("prior")), reader.flag("per_batch")});
    reader.finish();
  }
}

std::int64_t Context::size() const {
  std::int64_t size = 0;
  for (const auto& part : parts_) size += part.prior.size();
  return size;
}

std::vector<std::string> Context::variables() const {
  std::vector<std::string> names;
  for (const auto& part : parts_)
    names.insert(names.end(), part.prior.variables().begin(), part.prior.variables().end());
  return names;
}

Matrix<double> Context::draw(std::int64_t first_index,
                             std::int64_t count,
                             std::uint64_t seed,
                             ThreadPool& pool,
                             const std::atomic<bool>& cancel,
                             std::vector<SimulationFailure>& failures) const {
  Matrix<double> context(count, size());
  std::int64_t first_column = 0;
  for (std::size_t k = 0; k < parts_.size(); ++k) {
    const PriorRun run{first_index, count, seed, nth_purpose(Purpose::kContext, k), parts_[k].per_batch ? batch_ : 1};
    const Matrix<double> part = draw_prior(parts_[k].prior, run, pool, cancel, failures);
    for (std::int64_t i = 0; i < count; ++i) std::copy_n(part.row(i), part.cols, context.row(i) + first_column);
    first_column += part.cols;
  }
  return context;
}

std::vector<std::int64_t> given_columns(const Prior& prior, const std::vector<std::string>& variables) {
  SimulatorShape wanted;
  for (const auto& value : prior.given()) wanted.context.push_back({value.name, value.count});
  return find_columns(wanted, "The prior", variables);
}

Segments plate_groups(const std::string& plate,
                      const std::vector<std::string>& variables,
                      Matrix<double>& context,
                      std::int64_t first_index,
                      std::vector<SimulationFailure>& failures) {
  SimulatorShape wanted;
  wanted.context.push_back({plate, 1});
  const std::int64_t column = find_columns(wanted, "The plate", variables).front();
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < context.rows; ++i) {
    const double value = context(i, column);
    const bool fine = value >= 1 && value == std::floor(value) && value <= 1e9;
    lengths.push_back(fine ? static_cast<std::int64_t>(value) : 1);
    if (fine) continue;
    failures.push_back({first_index + i, "context `" + plate + "` must be a whole number of groups from 1"});
    context(i, column) = std::numeric_limits<double>::quiet_NaN();
  }
  return Segments::of_lengths(lengths);
}

std::vector<std::int64_t> context_columns(const SimulatorShape& shape,
                                          const std::string& simulator,
                                          const std::vector<std::string>& variables) {
  return find_columns(shape, "Simulator `" + simulator + "`", variables);
}

}  // namespace amortflow
