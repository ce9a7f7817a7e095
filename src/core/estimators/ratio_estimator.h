#pragma once

#include <vector>

#include "estimators/network_estimator.h"
#include "flows/ratio_network.h"

namespace amortflow {

/// Sizes and networks of an estimator of ratios.
struct RatioEstimatorOptions : EstimatorOptions {
  RatioOptions network;

  /// Kind ratio: parameter_count, observables, head and context_width (see ConditionerOptions), seed, members, network.
  [[nodiscard]] static RatioEstimatorOptions from_spec(const Spec& spec);
};

/// log p(theta | x) / p(theta) by a classifier; that of an ensemble is the log of its members' mean ratio.
class RatioEstimator final : public NetworkEstimator {
 public:
  explicit RatioEstimator(const RatioEstimatorOptions& options);

  /// Throws ShapeError unless there is one column per target.
  void prepare(std::uint64_t first, TrainingBatch& batch) const override;

  /// Writes the log ratio of each row of `parameters` [rows, target_width] into `out`, given row condition_of[i] of
  /// `conditions`, as conditions() gives them.
  void log_ratios(const Matrix<float>& conditions,
                  const std::vector<std::int64_t>& condition_of,
                  const Matrix<float>& parameters,
                  double* out) const;

 private:
  RatioEstimator(const RatioEstimatorOptions& options, std::vector<const RatioNetwork*> ratios);

  std::vector<const RatioNetwork*> ratios_;  // of each member
};

}  // namespace amortflow
