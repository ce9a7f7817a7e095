#pragma once

#include <cstdint>
#include <memory>

#include "estimators/estimator.h"
#include "estimators/estimator_networks.h"

namespace amortflow {

/// All members of an ensemble with equal weights; elsewhere the only one.
constexpr std::int64_t kMixture = -1;

/// What the estimators of this package share: a network given a condition, which comes from data by a summary network
/// for each observable; the loss is that of the network. All numbers are on the networks' scale; adapters are applied
/// before and after.
///
/// A deep ensemble (Lakshminarayanan et al. 2017) has several members of the same shape, summary networks included,
/// that start differently and see the same batches; the loss is the mean of theirs.
class NetworkEstimator : public Estimator {
 public:
  [[nodiscard]] ParameterStore& parameters() final { return networks_->store(); }
  [[nodiscard]] const ParameterStore& parameters() const final { return networks_->store(); }
  [[nodiscard]] std::unique_ptr<TrainingShard> make_shard() final;
  void prepare(std::uint64_t first, TrainingBatch& batch) const override;
  [[nodiscard]] const ReferenceLoss* reference_loss() const final { return reference_.get(); }

  [[nodiscard]] std::int64_t member_count() const { return networks_->member_count(); }
  [[nodiscard]] std::int64_t target_width() const { return networks_->target_width(); }
  [[nodiscard]] std::int64_t condition_width() const;  ///< of all members together
  /// [data sets, condition_width]: what the members' networks are conditioned on, member by member.
  [[nodiscard]] Matrix<float> conditions(const Batch& data) const;

 protected:
  NetworkEstimator(const EstimatorOptions& options, const EstimatorNetworks::MakeNetwork& make);
  [[nodiscard]] const EstimatorNetworks& networks() const { return *networks_; }
  void refresh_mirrors() const { networks_->refresh_mirrors(); }
  /// Throws ConfigError unless it is a member's number or kMixture.
  void check_member(std::int64_t member) const;

 private:
  std::unique_ptr<EstimatorNetworks> networks_;
  std::shared_ptr<const ReferenceLoss> reference_;
};

}  // namespace amortflow
