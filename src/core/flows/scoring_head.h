#pragma once

#include <vector>

#include "flows/condition_stack.h"
#include "flows/scoring_rule.h"

namespace amortflow {

/// Scores of predictions that a dense network makes of the condition: [rows, 1], the sum over the rules.
class ScoringHead final : public Layer {
 public:
  ScoringHead(ConditionStackOptions stack, std::vector<PlacedRule> rules);

  [[nodiscard]] std::string name() const override { return "scoring_head"; }
  void declare(ParameterLayout& layout, const std::string& prefix) override;
  [[nodiscard]] std::int64_t output_width() const override { return 1; }
  [[nodiscard]] LayerState reference(LayerState state, const ParameterViews& parameters) const override;

  [[nodiscard]] bool has_fast_form() const override { return true; }
  void forward(const Pass& pass, const Panel& out, Scratch& scratch) const override;
  /// The input, which are targets, has no gradient: `in_gradient` must be null.
  void backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const override;

  [[nodiscard]] std::int64_t prediction_width() const;
  /// Predictions [rows, prediction_width()] into `out`, rule by rule, given `pass.condition`. `scratch.segments` are
  /// those of single rows.
  void predict(const Pass& pass, const Panel& out, Scratch& scratch) const;

 private:
  [[nodiscard]] Panel raw_numbers(const Pass& pass, std::int64_t rows, Scratch& scratch) const;

  std::vector<PlacedRule> rules_;
  Network stack_;
};

}  // namespace amortflow
