#include "flows/scoring_rule.h"

#include "base/errors.h"
#include "flows/class_scores.h"
#include "flows/point_scores.h"

namespace amortflow {

namespace {

constexpr std::int64_t kMostTargets = 100000;
constexpr std::int64_t kMostClasses = 10000;
constexpr double kMostRegularization = 1000;

std::shared_ptr<const ScoringRule> rule_of(SpecReader& reader, const std::string& kind) {
  if (kind == "mean") return std::make_shared<MeanScore>(reader.integer("width", 1, kMostTargets));
  if (kind == "quantiles") {
    const std::int64_t width = reader.integer("width", 1, kMostTargets);
    return std::make_shared<QuantileScore>(width, reader.numbers("levels"));
  }
  const std::int64_t classes = reader.integer("classes", 2, kMostClasses);
  if (kind == "softmax") return std::make_shared<LogScore>(classes);
  return std::make_shared<DirichletScore>(classes, reader.number("regularization", 0, kMostRegularization));
}

}  // namespace

PlacedRule make_scoring_rule(const Spec& spec) {
  SpecReader reader(spec, "a scoring rule");
  const std::string kind = reader.choice("kind", {"mean", "quantiles", "softmax", "dirichlet"});
  PlacedRule placed;
  placed.first = reader.integer("first", 0, kMostTargets);
  placed.rule = rule_of(reader, kind);
  reader.finish();
  return placed;
}

}  // namespace amortflow
