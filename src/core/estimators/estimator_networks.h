#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "estimators/conditioner.h"
#include "estimators/estimator.h"
#include "flows/conditional_network.h"

namespace amortflow {

/// Sizes that every estimator has.
struct EstimatorOptions {
  std::int64_t target_width = 0;  ///< columns of TrainingBatch::parameters
  ConditionerOptions condition;
  std::uint64_t seed = 0;    ///< of the start, and of what is random in the networks' structure
  std::int64_t members = 1;  ///< more than one: a deep ensemble (see NetworkEstimator)

  /// Asks `reader` for what every estimator's spec has: the keys of ConditionerOptions, seed, and the width of the
  /// targets under `width_key`.
  void read_shared(SpecReader& reader, const std::string& width_key);
};

/// One way from data to what is learned: a network and what it is conditioned on.
struct EstimatorMember {
  Conditioner conditioner;
  std::unique_ptr<ConditionalNetwork> network;
};

/// The networks of an estimator and their parameters. All members have the same shape.
class EstimatorNetworks final {
 public:
  /// Makes a member's network, given the width of its condition and a seed of its own.
  using MakeNetwork = std::function<std::unique_ptr<ConditionalNetwork>(std::int64_t, std::uint64_t)>;

  EstimatorNetworks(const EstimatorOptions& options, const MakeNetwork& make);

  /// Throws ShapeError unless there is one column per target.
  void check_targets(const Matrix<float>& rows) const;
  /// Throws ShapeError unless a batch of so many data sets has the noise that the loss needs.
  void check_noise(const Matrix<float>& noise, std::int64_t data_sets) const;
  /// Brings the mirrors of weights up to date; any thread, whatever the others do.
  void refresh_mirrors();

  [[nodiscard]] std::int64_t target_width() const { return target_width_; }
  [[nodiscard]] std::int64_t member_count() const { return static_cast<std::int64_t>(members_.size()); }
  [[nodiscard]] const EstimatorMember& member(std::int64_t i) const { return members_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] const ConditionalNetwork& network(std::int64_t i) const { return *member(i).network; }
  /// All members' conditioners have its shape.
  [[nodiscard]] const Conditioner& conditioner() const { return members_.front().conditioner; }
  [[nodiscard]] std::int64_t condition_width() const { return conditioner().width(); }  ///< of one member
  /// Random numbers that the loss of a data set needs, those of each member side by side.
  [[nodiscard]] std::int64_t loss_noise_width() const;
  void fill_loss_noise(std::uint64_t data_set, float* row) const;

  [[nodiscard]] ParameterStore& store() { return store_; }
  [[nodiscard]] const ParameterStore& store() const { return store_; }

 private:
  ParameterLayout completed(const MakeNetwork& make);

  std::int64_t target_width_;
  std::uint64_t seed_;
  std::vector<EstimatorMember> members_;  // one, or those of an ensemble
  ParameterStore store_;
  std::mutex mirrors_;
};

}  // namespace amortflow
