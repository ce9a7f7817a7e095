#include "simulate/prior.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/errors.h"

namespace amortflow {

namespace {

std::string quoted(const std::string& line, std::string problem) {
  if (!problem.empty() && problem.back() == '.') problem.pop_back();
  return "In `" + line + "`: " + problem + ".";
}

std::vector<std::int64_t> read_dim(SpecReader& reader) {
  std::vector<std::int64_t> dim;
  if (!reader.has("dim")) return dim;
  for (const double extent : reader.numbers("dim")) {
    if (!(extent >= 1 && extent == std::floor(extent))) throw ConfigError("`dim` must hold positive whole numbers");
    dim.push_back(static_cast<std::int64_t>(extent));
  }
  return dim;
}

std::int64_t element_count(const std::vector<std::int64_t>& dim) {
  std::int64_t count = 1;
  for (const auto extent : dim) count *= extent;
  return count;
}

void add_variables(const std::string& name, const std::vector<std::int64_t>& dim, std::vector<std::string>& variables) {
  if (dim.empty()) {
    variables.push_back(name);
    return;
  }
  std::vector<std::int64_t> index(dim.size(), 1);
  for (std::size_t axis = 0; axis < dim.size();) {
    std::string text = name + "[";
    for (std::size_t k = 0; k < index.size(); ++k) text += (k > 0 ? "," : "") + std::to_string(index[k]);
    variables.push_back(text + "]");
    for (axis = 0; axis < dim.size() && ++index[axis] > dim[axis]; ++axis) index[axis] = 1;
  }
}

}  // namespace

Prior::Prior(const Spec& spec) {
  SpecReader reader(spec, "priors()");
  if (reader.has("given")) read_given(reader.child("given"));
  const Spec& parameters = reader.child("parameters");
  reader.finish();
  if (!parameters.list() || parameters.list()->empty()) throw ConfigError("A prior must have at least one parameter.");
  std::vector<NamedColumns> known = given_;
  for (const auto& entry : *parameters.list()) read_line(entry.second, known);
}

void Prior::read_given(const Spec& spec) {
  if (!spec.list()) throw ConfigError("What is given to a prior must be a list.");
  for (const auto& entry : *spec.list()) {
    SpecReader reader(entry.second, "what is given to a prior");
    const std::string name = reader.text("name");
    const std::int64_t count = element_count(read_dim(reader));
    reader.finish();
    given_.push_back({name, given_size_, count, Scope::kGiven});
    given_size_ += count;
  }
}

void Prior::read_line(const Spec& spec, std::vector<NamedColumns>& known) {
  SpecReader reader(spec, "a line of priors()");
  const std::string text = reader.text("text");
  try {
    const bool is_local = read_plate(reader);
    Part& part = is_local ? local_ : shared_;
    LineTarget target;
    target.dim = read_dim(reader);
    target.columns = {reader.text("name"), static_cast<std::int64_t>(part.variables.size()), element_count(target.dim),
                      is_local ? Scope::kLocal : Scope::kShared};
    std::vector<NamedColumns> usable = known;
    if (!is_local) {
      const auto local = [](const NamedColumns& c) { return c.scope == Scope::kLocal; };
      usable.erase(std::remove_if(usable.begin(), usable.end(), local), usable.end());
    }
    auto content = make_prior_line(reader, target, usable);
    reader.finish();
    content->add_support(part.support);
    add_variables(target.columns.name, target.dim, part.variables);
    part.lines.push_back({text, std::move(content)});
    known.push_back(target.columns);
  } catch (const Error& error) {
    throw ConfigError(quoted(text, error.what()), error.hint());
  }
}

bool Prior::read_plate(SpecReader& reader) {
  if (!reader.has("plate")) return false;
  const std::string plate = reader.text("plate");
  if (!plate_.empty() && plate != plate_) {
    throw ConfigError("a prior has one plate, which is `" + plate_ + "` already, not `" + plate + "` too");
  }
  plate_ = plate;
  return true;
}

void Prior::draw_part(const Part& part, rng& random, const PriorRows& rows, double* row) {
  for (const auto& line : part.lines) {
    try {
      line.content->draw(random, rows, row);
    } catch (const std::exception& error) {  // NumericError, or std::domain_error of amortflow/distributions.hpp
      throw NumericError(quoted(line.text, error.what()));
    }
  }
}

double Prior::part_log_density(const Part& part, const PriorRows& rows) {
  double sum = 0;
  try {
    for (const auto& line : part.lines) sum += line.content->log_density(rows);
  } catch (const NumericError&) {
    return -std::numeric_limits<double>::infinity();
  }
  return sum;
}

void Prior::draw(rng& random, const double* given, double* row) const {
  draw_part(shared_, random, {given, row, nullptr}, row);
}

double Prior::log_density(const double* given, const double* row) const {
  return part_log_density(shared_, {given, row, nullptr});
}

void Prior::draw_local(rng& random, const double* given, const double* shared, double* local_row) const {
  draw_part(local_, random, {given, shared, local_row}, local_row);
}

double Prior::local_log_density(const double* given, const double* shared, const double* local_row) const {
  return part_log_density(local_, {given, shared, local_row});
}

}  // namespace amortflow
