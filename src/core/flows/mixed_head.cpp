#include "flows/mixed_head.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/errors.h"
#include "flows/condition_stack.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t {
  kNothing,
  kExtended,
  kContinuous,
  kScoreGradient,
  kExtendedGradient,
  kLogDetGradient,
  kLossGradient,
  kContinuousNoise
};
enum Child : std::size_t { kClassifier, kScores, kFlow };
enum Index : std::size_t { kClasses };

std::int64_t count_classes(const MixedHeadOptions& options) {
  std::int64_t classes = 1;
  for (const CategoricalColumn& variable : options.categorical) {
    if (variable.column < 0 || variable.column >= options.dimension || variable.levels < 1) {
      throw ConfigError("a categorical variable must be one of the targets and have levels");
    }
    classes *= variable.levels;
    if (classes > MixedHead::kMostClasses) {
      throw ConfigError("categorical variables must have at most " + std::to_string(MixedHead::kMostClasses) +
                            " combinations of values",
                        "Take variables with many values as counts.");
    }
  }
  return classes;
}

std::vector<std::int64_t> other_columns(const MixedHeadOptions& options) {
  std::vector<std::int64_t> columns;
  for (std::int64_t j = 0; j < options.dimension; ++j) {
    const bool is_categorical = std::any_of(options.categorical.begin(), options.categorical.end(),
                                            [&](const CategoricalColumn& variable) { return variable.column == j; });
    if (!is_categorical) columns.push_back(j);
  }
  return columns;
}

double log_sum_exp(const float* x, std::int64_t count) {
  const auto largest = static_cast<double>(*std::max_element(x, x + count));
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) sum += std::exp(static_cast<double>(x[k]) - largest);
  return largest + std::log(sum);
}

/// The class at which the probabilities' sum passes `uniform`.
std::int64_t choose_class(const float* scores, std::int64_t count, double uniform) {
  const double log_sum = log_sum_exp(scores, count);
  for (std::int64_t k = 0; k < count - 1; ++k) {
    uniform -= std::exp(static_cast<double>(scores[k]) - log_sum);
    if (uniform < 0) return k;
  }
  return count - 1;
}

void copy_columns(const Panel& from, std::int64_t first, const Panel& to, std::int64_t width) {
  for (std::int64_t i = 0; i < to.rows; ++i) {
    std::copy_n(from.values + i * from.stride + first, width, to.values + i * to.stride);
  }
}

void zero(const Panel& panel) {
  std::memset(panel.values, 0, sizeof(float) * static_cast<std::size_t>(panel.rows * panel.stride));
}

}  // namespace

MixedHead::MixedHead(const MixedHeadOptions& options, const MakeContinuous& make)
    : options_(options), classes_(count_classes(options)), continuous_columns_(other_columns(options)) {
  ConditionStackOptions stack;
  stack.condition_width = options.condition_width;
  stack.width = options.width;
  stack.depth = options.depth;
  stack.output_width = classes_;
  stack.activation = options.activation;
  classifier_ = condition_stack(stack);
  const auto continuous = static_cast<std::int64_t>(continuous_columns_.size());
  if (continuous > 0) continuous_ = make(continuous, options.condition_width + classes_);
}

void MixedHead::declare(ParameterLayout& layout, const std::string& prefix) {
  classifier_.declare(layout, prefix + ".classes");
  if (continuous_ != nullptr) continuous_->declare(layout, prefix + ".continuous");
}

std::int64_t MixedHead::class_of(const float* row) const {
  std::int64_t combination = 0;
  for (const CategoricalColumn& variable : options_.categorical) {
    const float value = row[variable.column];
    if (!(value >= 0 && value < static_cast<float>(variable.levels) && value == std::floor(value))) {
      throw ShapeError("a categorical variable must be one of the " + std::to_string(variable.levels) +
                       " whole numbers from 0, not " + std::to_string(value));
    }
    combination = combination * variable.levels + static_cast<std::int64_t>(value);
  }
  return combination;
}

Panel MixedHead::class_scores(const Pass& pass, std::int64_t rows, Scratch& scratch) const {
  const Panel nothing = scratch.panel(kNothing, rows, 0);
  scratch.output_segments.assign_uniform(rows, 1);
  const Panel scores = run_forward(classifier_, 0, classifier_.layers().size(), pass, nothing, scratch.output_segments,
                                   scratch.child(kClassifier));
  scratch.child(kScores).input = scores;
  return scores;
}

Pass MixedHead::given_classes(const Pass& pass, const std::vector<std::int64_t>& classes, Scratch& scratch) const {
  const auto rows = static_cast<std::int64_t>(classes.size());
  const std::int64_t width = options_.condition_width;
  const Panel extended = scratch.panel(kExtended, rows, width + classes_);
  zero(extended);
  for (std::int64_t i = 0; i < rows; ++i) {
    float* const row = extended.values + i * extended.stride;
    if (width > 0) std::copy_n(pass.condition.values + i * pass.condition.stride, width, row);
    row[width + classes[static_cast<std::size_t>(i)]] = 1;
  }
  Pass given = pass;
  given.condition = extended;
  return given;
}

Panel MixedHead::continuous_values(const Panel& values, Scratch& scratch) const {
  const Panel own = scratch.panel(kContinuous, values.rows, static_cast<std::int64_t>(continuous_columns_.size()));
  for (std::int64_t i = 0; i < values.rows; ++i) {
    const float* const row = values.values + i * values.stride;
    float* out = own.values + i * own.stride;
    for (const std::int64_t j : continuous_columns_) *out++ = row[j];
  }
  return own;
}

void MixedHead::evaluate(const Pass& pass,
                         const Panel& values,
                         const Panel& out,
                         bool density,
                         Scratch& scratch) const {
  std::vector<std::int64_t>& classes = scratch.indices(kClasses);
  classes.resize(static_cast<std::size_t>(values.rows));
  const Panel scores = class_scores(pass, values.rows, scratch);
  for (std::int64_t i = 0; i < values.rows; ++i) {
    const std::int64_t own = class_of(values.values + i * values.stride);
    classes[static_cast<std::size_t>(i)] = own;
    const float* const row = scores.values + i * scores.stride;
    out.values[i * out.stride] = static_cast<float>(log_sum_exp(row, classes_) - static_cast<double>(row[own]));
  }
  if (continuous_ == nullptr) return;
  Pass given = given_classes(pass, classes, scratch);
  const Panel own = continuous_values(values, scratch);
  const Panel losses = density ? continuous_->negative_log_density(given, own, scratch.child(kFlow))
                               : run_loss(*continuous_, given, own, scratch.child(kFlow));
  for (std::int64_t i = 0; i < out.rows; ++i) out.values[i * out.stride] += losses.values[i * losses.stride];
}

void MixedHead::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  evaluate(pass, scratch.input, out, false, scratch);
}

void MixedHead::backward(const Pass& pass, const Panel& out_gradient, const Panel&, Scratch& scratch) const {
  const std::vector<std::int64_t>& classes = scratch.indices(kClasses);
  const Panel& scores = scratch.child(kScores).input;
  const Panel by_scores = scratch.panel(kScoreGradient, scores.rows, scores.cols);
  for (std::int64_t i = 0; i < scores.rows; ++i) {
    const float* const row = scores.values + i * scores.stride;
    float* const by_row = by_scores.values + i * by_scores.stride;
    const double log_sum = log_sum_exp(row, classes_);
    const auto scale = static_cast<double>(out_gradient.values[i * out_gradient.stride]);
    for (std::int64_t k = 0; k < classes_; ++k) {
      const double truth = k == classes[static_cast<std::size_t>(i)] ? 1 : 0;
      by_row[k] = static_cast<float>(scale * (std::exp(static_cast<double>(row[k]) - log_sum) - truth));
    }
  }
  (void)run_backward(classifier_, 0, classifier_.layers().size(), pass, by_scores, false, scratch.child(kClassifier));
  if (continuous_ == nullptr) return;
  Pass given = pass;
  given.condition = scratch.panel(kExtended, scores.rows, options_.condition_width + classes_);
  const bool asked = pass.condition_gradient.values != nullptr;
  given.condition_gradient =
      asked ? scratch.panel(kExtendedGradient, scores.rows, options_.condition_width + classes_) : Panel{};
  if (asked) zero(given.condition_gradient);
  const Panel by_log_det = scratch.panel(kLogDetGradient, 1, scores.rows);
  zero(by_log_det);
  given.log_det_gradient = by_log_det.values;
  const Panel by_loss = scratch.panel(kLossGradient, scores.rows, 1);
  copy_columns(out_gradient, 0, by_loss, 1);
  const Network& loss = continuous_->loss();
  (void)run_backward(loss, 0, loss.layers().size(), given, by_loss, false, scratch.child(kFlow));
  if (!asked) return;
  for (std::int64_t i = 0; i < scores.rows; ++i) {
    const float* const from = given.condition_gradient.values + i * given.condition_gradient.stride;
    float* const to = pass.condition_gradient.values + i * pass.condition_gradient.stride;
    for (std::int64_t j = 0; j < options_.condition_width; ++j) to[j] += from[j];
  }
}

void MixedHead::draw(const Pass& pass, const Panel& noise, const Panel& out, Scratch& scratch) const {
  std::vector<std::int64_t>& classes = scratch.indices(kClasses);
  classes.resize(static_cast<std::size_t>(noise.rows));
  const Panel scores = class_scores(pass, noise.rows, scratch);
  for (std::int64_t i = 0; i < noise.rows; ++i) {
    const auto uniform = static_cast<double>(noise.values[i * noise.stride]);
    std::int64_t left = choose_class(scores.values + i * scores.stride, classes_, uniform);
    classes[static_cast<std::size_t>(i)] = left;
    float* const row = out.values + i * out.stride;
    for (auto variable = options_.categorical.rbegin(); variable != options_.categorical.rend(); ++variable) {
      row[variable->column] = static_cast<float>(left % variable->levels);
      left /= variable->levels;
    }
  }
  if (continuous_ == nullptr) return;
  const Panel own_noise = scratch.panel(kContinuousNoise, noise.rows, continuous_->draw_noise_width());
  copy_columns(noise, 1, own_noise, own_noise.cols);
  const Panel drawn = continuous_->draw(given_classes(pass, classes, scratch), own_noise, scratch.child(kFlow));
  for (std::int64_t i = 0; i < drawn.rows; ++i) {
    const float* from = drawn.values + i * drawn.stride;
    for (const std::int64_t j : continuous_columns_) out.values[i * out.stride + j] = *from++;
  }
}

}  // namespace amortflow
