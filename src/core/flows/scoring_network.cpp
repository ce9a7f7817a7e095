#include "flows/scoring_network.h"

#include "base/errors.h"

namespace amortflow {

ScoringOptions ScoringOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "a network of predictions");
  ScoringOptions options;
  reader.choice("kind", {"scoring"});
  options.width = reader.integer("width", 1, 4096);
  options.hidden = reader.integer("hidden", 1, 64);
  options.activation = reader.text("activation");
  const Spec& rules = reader.child("rules");
  if (rules.list() == nullptr || rules.list()->empty()) throw ConfigError("Scoring rules must be a list.");
  for (const auto& entry : *rules.list()) options.rules.push_back(make_scoring_rule(entry.second));
  reader.finish();
  return options;
}

ScoringNetwork::ScoringNetwork(const ScoringOptions& options, std::int64_t target_width, std::int64_t condition_width) {
  for (const PlacedRule& placed : options.rules) {
    if (placed.first + placed.rule->target_width() <= target_width) continue;
    throw ConfigError("a scoring rule needs more than the " + std::to_string(target_width) + " targets that there are");
  }
  ConditionStackOptions stack;
  stack.condition_width = condition_width;
  stack.width = options.width;
  stack.depth = options.hidden;
  stack.activation = activation_from(options.activation);
  auto head = std::make_unique<ScoringHead>(stack, options.rules);
  head_ = head.get();
  network_.add(std::move(head));
}

Panel ScoringNetwork::predict(const Pass& pass, Scratch& scratch) const {
  enum Slot : std::size_t { kPredictions };
  scratch.output_segments.assign_uniform(pass.condition.rows, 1);
  scratch.child(0).segments = &scratch.output_segments;
  const Panel predictions = scratch.panel(kPredictions, pass.condition.rows, prediction_width());
  head_->predict(pass, predictions, scratch.child(0));
  return predictions;
}

}  // namespace amortflow
