#pragma once

#include <string>

#include "flows/conditional_network.h"
#include "flows/scoring_head.h"

namespace amortflow {

/// A dense network of the condition and the scoring rules of what it predicts.
struct ScoringOptions {
  std::int64_t width = 128;
  std::int64_t hidden = 3;  ///< hidden layers
  std::string activation = "silu";
  std::vector<PlacedRule> rules;

  /// Kind scoring: width, hidden, activation, and `rules`, a list of those of make_scoring_rule().
  [[nodiscard]] static ScoringOptions from_spec(const Spec& spec);
};

/// Predictions given a condition, learned by their scores.
class ScoringNetwork final : public ConditionalNetwork {
 public:
  /// Throws ConfigError unless the rules find their columns among `target_width`.
  ScoringNetwork(const ScoringOptions& options, std::int64_t target_width, std::int64_t condition_width);

  void declare(ParameterLayout& layout, const std::string& prefix) override { network_.declare(layout, prefix); }
  [[nodiscard]] const Network& loss() const override { return network_; }

  [[nodiscard]] std::int64_t prediction_width() const { return head_->prediction_width(); }
  /// [rows of the condition, prediction_width()], rule by rule; lives in `scratch`.
  [[nodiscard]] Panel predict(const Pass& pass, Scratch& scratch) const;

 private:
  Network network_;
  const ScoringHead* head_ = nullptr;  // the network's one layer
};

}  // namespace amortflow
