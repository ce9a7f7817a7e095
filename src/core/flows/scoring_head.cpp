#include "flows/scoring_head.h"

#include <utility>

#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kNothing, kRawGradient };
enum Child : std::size_t { kStack, kRaw };

std::int64_t raw_width(const std::vector<PlacedRule>& rules) {
  std::int64_t width = 0;
  for (const PlacedRule& placed : rules) width += placed.rule->raw_width();
  return width;
}

}  // namespace

ScoringHead::ScoringHead(ConditionStackOptions stack, std::vector<PlacedRule> rules) : rules_(std::move(rules)) {
  stack.output_width = raw_width(rules_);
  stack_ = condition_stack(stack);
}

void ScoringHead::declare(ParameterLayout& layout, const std::string& prefix) { stack_.declare(layout, prefix); }

std::int64_t ScoringHead::prediction_width() const {
  std::int64_t width = 0;
  for (const PlacedRule& placed : rules_) width += placed.rule->prediction_width();
  return width;
}

Panel ScoringHead::raw_numbers(const Pass& pass, std::int64_t rows, Scratch& scratch) const {
  const Panel nothing = scratch.panel(kNothing, rows, 0);
  return run_forward(stack_, 0, stack_.layers().size(), pass, nothing, *scratch.segments, scratch.child(kStack));
}

void ScoringHead::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel raw = raw_numbers(pass, out.rows, scratch);
  scratch.child(kRaw).input = raw;
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* numbers = raw.values + i * raw.stride;
    const float* targets = scratch.input.values + i * scratch.input.stride;
    double sum = 0;
    for (const PlacedRule& placed : rules_) {
      sum += placed.rule->score(numbers, targets + placed.first);
      numbers += placed.rule->raw_width();
    }
    out.values[i * out.stride] = static_cast<float>(sum);
  }
}

void ScoringHead::backward(const Pass& pass, const Panel& out_gradient, const Panel&, Scratch& scratch) const {
  const Panel& raw = scratch.child(kRaw).input;
  const Panel raw_gradient = scratch.panel(kRawGradient, raw.rows, raw.cols);
  for (std::int64_t i = 0; i < raw.rows; ++i) {
    const float* numbers = raw.values + i * raw.stride;
    const float* targets = scratch.input.values + i * scratch.input.stride;
    float* by_numbers = raw_gradient.values + i * raw_gradient.stride;
    const auto scale = static_cast<double>(out_gradient.values[i * out_gradient.stride]);
    for (const PlacedRule& placed : rules_) {
      placed.rule->gradient(numbers, targets + placed.first, scale, by_numbers);
      numbers += placed.rule->raw_width();
      by_numbers += placed.rule->raw_width();
    }
  }
  (void)run_backward(stack_, 0, stack_.layers().size(), pass, raw_gradient, false, scratch.child(kStack));
}

void ScoringHead::predict(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel raw = raw_numbers(pass, out.rows, scratch);
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* numbers = raw.values + i * raw.stride;
    float* prediction = out.values + i * out.stride;
    for (const PlacedRule& placed : rules_) {
      placed.rule->predict(numbers, prediction);
      numbers += placed.rule->raw_width();
      prediction += placed.rule->prediction_width();
    }
  }
}

}  // namespace amortflow
