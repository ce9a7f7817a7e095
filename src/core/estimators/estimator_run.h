#pragma once

#include "estimators/conditioner_run.h"
#include "estimators/estimator_networks.h"

namespace amortflow {

/// One thread's way through a member of an estimator's networks and back, in their fast forms. Its buffers grow to the
/// largest batch and stay: in the steady state nothing is allocated. The networks must outlive it.
class EstimatorRun {
 public:
  /// Gradients are added to `gradient`; null where nothing is learned.
  explicit EstimatorRun(const EstimatorNetworks& networks, std::int64_t member = 0, AlignedBuffer* gradient = nullptr);

  /// [data sets, condition_width]: what conditions the network, for data sets [begin, end).
  [[nodiscard]] Panel condition(const Batch& data, std::int64_t begin, std::int64_t end);
  /// [data sets, 1]: the loss of data sets [begin, end) of a prepared batch, begin + i given row i of `condition`.
  [[nodiscard]] Panel losses(const BatchRange& data_sets, const Panel& condition);
  /// After both: adds the gradient of `scale` times the sum of losses.
  void backward(double scale);

  /// Rows `condition_of[begin, end)` of `conditions`, which are those of all members side by side: this member's.
  [[nodiscard]] Panel gather_conditions(const Matrix<float>& conditions,
                                        const std::vector<std::int64_t>& condition_of,
                                        std::int64_t begin,
                                        std::int64_t end);

 protected:
  struct BackwardResult {
    Panel condition_gradient;
    Panel target_gradient;  // without values unless asked for
  };
  /// The way back through the network alone, of `scale` times the sum of losses; after the loss, by whatever name.
  BackwardResult backward_to_condition(double scale, bool wants_targets);
  /// Rows [begin, end) of a matrix of targets.
  [[nodiscard]] Panel targets(const Matrix<float>& matrix, std::int64_t begin, std::int64_t end);
  [[nodiscard]] const EstimatorNetworks& networks() const { return networks_; }
  [[nodiscard]] Pass& pass_given(const Panel& condition);
  [[nodiscard]] Scratch& network_scratch() { return network_scratch_; }

 private:
  BackwardResult backward_through_network(double scale, bool wants_condition, bool wants_targets);
  [[nodiscard]] Panel loss_noise(const BatchRange& data_sets);

  const EstimatorNetworks& networks_;
  const EstimatorMember& member_;
  std::int64_t index_;
  Pass pass_;
  ConditionerRun conditioner_;
  Scratch own_;
  Scratch network_scratch_;
};

}  // namespace amortflow
