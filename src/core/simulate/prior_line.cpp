#include "simulate/prior_line.h"

#include "base/errors.h"
#include "simulate/distributions.h"
#include "simulate/vector_distributions.h"

namespace amortflow {

std::unique_ptr<PriorLine> make_prior_line(SpecReader& reader,
                                           const LineTarget& target,
                                           const std::vector<NamedColumns>& known) {
  const std::string name = reader.text("distribution");
  if (const Distribution* scalar = find_distribution(name)) return make_scalar_line(*scalar, reader, target, known);
  const VectorDistribution* vector = find_vector_distribution(name);
  if (vector == nullptr) throw ConfigError("There is no distribution `" + name + "`.");
  return make_vector_line(*vector, reader, target, known);
}

std::vector<Expression> read_arguments(SpecReader& reader, const std::vector<NamedColumns>& known) {
  std::vector<Expression> arguments;
  const Spec& given = reader.child("arguments");
  if (given.list()) {
    for (const auto& entry : *given.list()) arguments.emplace_back(entry.second, known);
  }
  return arguments;
}

void check_argument_count(const char* distribution, std::size_t has, std::size_t given) {
  if (has == given) return;
  throw ConfigError(std::string(distribution) + "() has " + std::to_string(has) + " arguments, not " +
                    std::to_string(given));
}

}  // namespace amortflow
