#include "flows/ratio_head.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kTargets, kConditions, kLogitGradient, kConditionGradient };
enum Child : std::size_t { kStack, kLogits };

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

double logit(const Panel& f, std::int64_t row) { return static_cast<double>(f.values[row * f.stride]); }

/// log(K + gamma sum exp f) over `count` logits from `first`.
double log_total(const Panel& f, std::int64_t first, std::int64_t count, double gamma) {
  const double odds = std::log(gamma);
  const double none = std::log(static_cast<double>(count));
  double largest = none;
  for (std::int64_t k = 0; k < count; ++k) largest = std::max(largest, odds + logit(f, first + k));
  double sum = std::exp(none - largest);
  for (std::int64_t k = 0; k < count; ++k) sum += std::exp(odds + logit(f, first + k) - largest);
  return largest + std::log(sum);
}

}  // namespace

RatioHead::RatioHead(const RatioHeadOptions& options) : options_(options) {
  options_.stack.output_width = 1;
  stack_ = condition_stack(options_.stack);
}

void RatioHead::declare(ParameterLayout& layout, const std::string& prefix) { stack_.declare(layout, prefix); }

Panel RatioHead::log_ratios(const Pass& pass, const Panel& targets, Scratch& scratch) const {
  scratch.output_segments.assign_uniform(targets.rows, 1);
  return run_forward(stack_, 0, stack_.layers().size(), pass, targets, scratch.output_segments, scratch.child(kStack));
}

double RatioHead::imbalance(const Panel& f, std::int64_t rows, std::int64_t others) const {
  double own = 0;
  double other = 0;
  for (std::int64_t i = 0; i < f.rows; ++i) (i % (others + 1) == 0 ? own : other) += sigmoid(logit(f, i));
  return own / static_cast<double>(rows) + other / static_cast<double>(rows * others) - 1;
}

void RatioHead::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const std::int64_t rows = out.rows;
  const std::int64_t others = shown(rows);
  for (std::int64_t i = 0; i < rows; ++i) out.values[i * out.stride] = 0;
  if (others < 1) return;
  const Panel& in = scratch.input;
  const Panel targets = scratch.panel(kTargets, rows * (others + 1), in.cols);
  const Panel conditions = scratch.panel(kConditions, targets.rows, pass.condition.cols);
  for (std::int64_t row = 0; row < targets.rows; ++row) {
    const std::int64_t i = row / (others + 1);
    const std::int64_t from = (i + row % (others + 1)) % rows;
    std::copy_n(in.values + from * in.stride, in.cols, targets.values + row * targets.stride);
    std::copy_n(pass.condition.values + i * pass.condition.stride, conditions.cols,
                conditions.values + row * conditions.stride);
  }
  Pass all = pass;
  all.condition = conditions;
  const Panel f = log_ratios(all, targets, scratch);
  scratch.child(kLogits).input = f;
  const double odds = options_.gamma;
  const double off = options_.balance > 0 ? imbalance(f, rows, others) : 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::int64_t first = i * (others + 1);
    const double none = log_total(f, first + 1, others, odds) - std::log(static_cast<double>(others));
    const double own = log_total(f, first, others, odds) - std::log(odds) - logit(f, first);
    out.values[i * out.stride] = static_cast<float>((none + odds * own) / (1 + odds) + options_.balance * off * off);
  }
}

void RatioHead::backward(const Pass& pass, const Panel& out_gradient, const Panel&, Scratch& scratch) const {
  const std::int64_t rows = out_gradient.rows;
  const std::int64_t others = shown(rows);
  if (others < 1) return;
  const Panel& f = scratch.child(kLogits).input;
  const Panel by_f = scratch.panel(kLogitGradient, f.rows, 1);
  const double odds = options_.gamma;
  double all_scales = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double scale = static_cast<double>(out_gradient.values[i * out_gradient.stride]);
    all_scales += scale;
    const std::int64_t first = i * (others + 1);
    const double none = log_total(f, first + 1, others, odds) - std::log(odds);
    const double own = log_total(f, first, others, odds) - std::log(odds);
    for (std::int64_t k = 0; k <= others; ++k) {
      double slope = k > 0 ? std::exp(logit(f, first + k) - none) : -odds;
      if (k < others) slope += odds * std::exp(logit(f, first + k) - own);
      by_f.values[(first + k) * by_f.stride] = static_cast<float>(scale * slope / (1 + odds));
    }
  }
  if (options_.balance > 0) {
    const double push = all_scales * 2 * options_.balance * imbalance(f, rows, others) / static_cast<double>(rows);
    for (std::int64_t row = 0; row < f.rows; ++row) {
      const double p = sigmoid(logit(f, row));
      const double share = row % (others + 1) == 0 ? 1 : 1 / static_cast<double>(others);
      by_f.values[row * by_f.stride] += static_cast<float>(push * share * p * (1 - p));
    }
  }
  Pass all = pass;
  all.condition = scratch.panel(kConditions, f.rows, pass.condition.cols);
  const bool wants = pass.condition_gradient.values != nullptr;
  all.condition_gradient = Panel{};
  if (wants) {
    all.condition_gradient = scratch.panel(kConditionGradient, f.rows, pass.condition.cols);
    const auto size = static_cast<std::size_t>(f.rows * all.condition_gradient.stride);
    std::memset(all.condition_gradient.values, 0, sizeof(float) * size);
  }
  (void)run_backward(stack_, 0, stack_.layers().size(), all, by_f, false, scratch.child(kStack));
  if (!wants) return;
  for (std::int64_t row = 0; row < f.rows; ++row) {
    const float* from = all.condition_gradient.values + row * all.condition_gradient.stride;
    float* to = pass.condition_gradient.values + row / (others + 1) * pass.condition_gradient.stride;
    for (std::int64_t j = 0; j < pass.condition.cols; ++j) to[j] += from[j];
  }
}

}  // namespace amortflow
