#pragma once

#include "flows/scoring_rule.h"

namespace amortflow {

/// Half the squared error, summed over variables: elicits means.
class MeanScore final : public ScoringRule {
 public:
  explicit MeanScore(std::int64_t width) : width_(width) {}

  [[nodiscard]] std::int64_t target_width() const override { return width_; }
  [[nodiscard]] std::int64_t raw_width() const override { return width_; }
  [[nodiscard]] double score(const float* raw, const float* target) const override;
  void gradient(const float* raw, const float* target, double scale, float* raw_gradient) const override;
  void predict(const float* raw, float* prediction) const override;
  [[nodiscard]] at::Tensor reference(const at::Tensor& raw, const at::Tensor& target) const override;

 private:
  std::int64_t width_;
};

/// The pinball loss (y - q) (level - 1{y < q}) (Koenker and Bassett 1978), summed over variables and levels: elicits
/// quantiles. They never cross: the middle one is a raw number, the others follow from their neighbour towards the
/// middle by steps softplus(raw). A variable's numbers stand side by side, by level.
class QuantileScore final : public ScoringRule {
 public:
  /// `levels` rise strictly within (0, 1). Throws ConfigError unless they do.
  QuantileScore(std::int64_t width, std::vector<double> levels);

  [[nodiscard]] std::int64_t target_width() const override { return width_; }
  [[nodiscard]] std::int64_t raw_width() const override { return width_ * count(); }
  [[nodiscard]] double score(const float* raw, const float* target) const override;
  void gradient(const float* raw, const float* target, double scale, float* raw_gradient) const override;
  void predict(const float* raw, float* prediction) const override;
  [[nodiscard]] at::Tensor reference(const at::Tensor& raw, const at::Tensor& target) const override;

 private:
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(levels_.size()); }
  [[nodiscard]] std::int64_t middle() const { return count() / 2; }
  [[nodiscard]] double level(std::int64_t k) const { return levels_[static_cast<std::size_t>(k)]; }
  /// Quantile k of a variable, given its raw numbers.
  [[nodiscard]] double quantile(const float* raw, std::int64_t k) const;

  std::int64_t width_;
  std::vector<double> levels_;
};

}  // namespace amortflow
