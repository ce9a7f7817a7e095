#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/spec.h"
#include "simulate/prior.h"

/// Specs of priors as R writes them.
namespace prior_specs {

using amortflow::Prior;
using amortflow::Spec;

inline Spec list_of(Spec::List entries) { return Spec(std::move(entries)); }

/// A line of a prior; `more` holds lb, ub, dim, ordered and plate.
inline Spec line(const char* name, const char* distribution, std::vector<Spec> arguments, Spec::List more = {}) {
  Spec::List values;
  for (auto& argument : arguments) values.emplace_back("", std::move(argument));
  Spec::List entries{
      {"name", name}, {"text", std::string(name) + " ~ " + distribution}, {"distribution", distribution}};
  entries.emplace_back("arguments", Spec(std::move(values)));
  entries.insert(entries.end(), more.begin(), more.end());
  return Spec(std::move(entries));
}

/// `given`: names with their dims, no number for scalars.
inline Prior prior_of(std::vector<Spec> lines, const std::vector<std::pair<const char*, Spec::Numbers>>& given = {}) {
  Spec::List parameters;
  for (auto& entry : lines) parameters.emplace_back("", std::move(entry));
  Spec::List names;
  for (const auto& entry : given) {
    Spec::List name{{"name", entry.first}};
    if (!entry.second.empty()) name.emplace_back("dim", entry.second);
    names.emplace_back("", Spec(std::move(name)));
  }
  Spec::List spec{{"kind", "priors"}, {"parameters", Spec(std::move(parameters))}};
  if (!names.empty()) spec.emplace_back("given", Spec(std::move(names)));
  return Prior(Spec(std::move(spec)));
}

inline Spec parameter(const char* name) { return list_of({{"kind", "parameter"}, {"name", name}}); }
inline Spec element(const char* name, int i) {
  return list_of({{"kind", "parameter"}, {"name", name}, {"element", i}});
}
inline Spec call(const char* name, Spec x) {
  return list_of({{"kind", "call"}, {"name", name}, {"arguments", list_of({{"", std::move(x)}})}});
}
inline Spec call(const char* name, Spec x, Spec y) {
  return list_of({{"kind", "call"}, {"name", name}, {"arguments", list_of({{"", std::move(x)}, {"", std::move(y)}})}});
}

}  // namespace prior_specs
