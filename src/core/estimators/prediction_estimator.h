#pragma once

#include <vector>

#include "estimators/network_estimator.h"
#include "flows/scoring_network.h"

namespace amortflow {

/// Sizes and networks of a neural predictor.
struct PredictionOptions : EstimatorOptions {
  ScoringOptions network;

  /// Kind prediction: target_width, observables, head and context_width (see ConditionerOptions), seed, members,
  /// network.
  [[nodiscard]] static PredictionOptions from_spec(const Spec& spec);
};

/// Predictions of targets given data, by proper scoring rules: means and quantiles of parameters, probabilities of
/// models. Those of an ensemble are the mean of its members'
/// (of probabilities, not of their logarithms).
class PredictionEstimator final : public NetworkEstimator {
 public:
  explicit PredictionEstimator(const PredictionOptions& options);

  /// Throws ShapeError where a target is not what its rule judges.
  void prepare(std::uint64_t first, TrainingBatch& batch) const override;

  [[nodiscard]] std::int64_t prediction_width() const { return scoring_.front()->prediction_width(); }
  /// [data sets, prediction_width()], rule by rule.
  [[nodiscard]] Matrix<double> predict(const Batch& data) const;

 private:
  [[nodiscard]] Matrix<double> member_predictions(std::int64_t member, const Batch& data) const;

  PredictionEstimator(const PredictionOptions& options, std::vector<const ScoringNetwork*> scoring);

  std::vector<PlacedRule> rules_;
  std::vector<const ScoringNetwork*> scoring_;  // of each member
};

}  // namespace amortflow
