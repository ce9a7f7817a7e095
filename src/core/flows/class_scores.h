#pragma once

#include "flows/scoring_rule.h"

namespace amortflow {

/// A score of numbers for `classes` classes, one each; the target is the true class's number from 0.
class ClassScore : public ScoringRule {
 public:
  explicit ClassScore(std::int64_t classes) : classes_(classes) {}

  [[nodiscard]] std::int64_t target_width() const final { return 1; }
  [[nodiscard]] std::int64_t raw_width() const final { return classes_; }
  void check_target(const float* target) const final;

 protected:
  [[nodiscard]] std::int64_t classes() const { return classes_; }

 private:
  std::int64_t classes_;
};

/// Minus the log of the true class's probability: elicits the probabilities of classes, by a softmax. Nothing is
/// smoothed, so that probabilities may come as close to 0 as data let
/// them.
class LogScore final : public ClassScore {
 public:
  using ClassScore::ClassScore;

  [[nodiscard]] double score(const float* raw, const float* target) const override;
  void gradient(const float* raw, const float* target, double scale, float* raw_gradient) const override;
  /// Log probabilities, in which small ones keep their digits.
  void predict(const float* raw, float* prediction) const override;
  [[nodiscard]] bool predicts_logs() const override { return true; }
  [[nodiscard]] at::Tensor reference(const at::Tensor& raw, const at::Tensor& target) const override;
};

/// Evidential classification (Sensoy, Kaplan and Kandemir 2018; Radev et al. 2021): concentrations alpha = 1 + exp(raw)
/// of a Dirichlet distribution of probabilities. The score is minus the log of the true class's mean probability, plus
/// `regularization` times KL(Dir(alpha') || Dir(1)), alpha' being alpha with 1 for the true class: evidence for wrong
/// classes is made small. Raw numbers are cut at 20.
class DirichletScore final : public ClassScore {
 public:
  static constexpr double kLargest = 20;

  DirichletScore(std::int64_t classes, double regularization) : ClassScore(classes), regularization_(regularization) {}

  [[nodiscard]] double score(const float* raw, const float* target) const override;
  void gradient(const float* raw, const float* target, double scale, float* raw_gradient) const override;
  /// The concentrations.
  void predict(const float* raw, float* prediction) const override;
  [[nodiscard]] at::Tensor reference(const at::Tensor& raw, const at::Tensor& target) const override;

 private:
  double regularization_;
};

}  // namespace amortflow
