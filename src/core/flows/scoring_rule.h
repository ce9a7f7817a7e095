#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/spec.h"

namespace at {
class Tensor;
}

namespace amortflow {

/// A scoring rule of predictions, to be made small: what minimises its expectation is what it elicits, such as the
/// mean, a quantile or the probabilities of classes (Gneiting and Raftery 2007). A prediction is made from
/// `raw_width()` numbers without bounds, which a network gives.
class ScoringRule {
 public:
  virtual ~ScoringRule() = default;

  [[nodiscard]] virtual std::int64_t target_width() const = 0;
  [[nodiscard]] virtual std::int64_t raw_width() const = 0;
  [[nodiscard]] virtual std::int64_t prediction_width() const { return raw_width(); }

  /// Throws ShapeError unless `target` can be scored; score() and gradient() take that for granted.
  virtual void check_target(const float* target) const { (void)target; }
  [[nodiscard]] virtual double score(const float* raw, const float* target) const = 0;
  /// Writes `scale` times the score's derivative by `raw`.
  virtual void gradient(const float* raw, const float* target, double scale, float* raw_gradient) const = 0;
  virtual void predict(const float* raw, float* prediction) const = 0;
  /// Whether predictions are logarithms, so that those of several networks are averaged as what they are logs of.
  [[nodiscard]] virtual bool predicts_logs() const { return false; }

  /// [rows]: score() of rows, in LibTorch's operations.
  [[nodiscard]] virtual at::Tensor reference(const at::Tensor& raw, const at::Tensor& target) const = 0;
};

/// A rule that judges some columns of the targets.
struct PlacedRule {
  std::int64_t first = 0;  ///< of its columns
  std::shared_ptr<const ScoringRule> rule;
};

/// The rule that `spec` describes: kinds mean, quantiles, softmax, dirichlet.
[[nodiscard]] PlacedRule make_scoring_rule(const Spec& spec);

}  // namespace amortflow
