#include "estimators/estimator_run.h"

#include <algorithm>
#include <cstring>

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kConditionGradient, kTargets, kNoise, kLogDetGradient, kLossGradient };

void zero(const Panel& panel) {
  std::memset(panel.values, 0, sizeof(float) * static_cast<std::size_t>(panel.rows * panel.stride));
}

}  // namespace

EstimatorRun::EstimatorRun(const EstimatorNetworks& networks, std::int64_t member, AlignedBuffer* gradient)
    : networks_(networks), member_(networks.member(member)), index_(member), conditioner_(member_.conditioner) {
  pass_.parameters = &networks.store();
  pass_.gradient = gradient == nullptr ? nullptr : gradient->data();
}

Panel EstimatorRun::condition(const Batch& data, std::int64_t begin, std::int64_t end) {
  return conditioner_.forward(data, begin, end, pass_);
}

Panel EstimatorRun::gather_conditions(const Matrix<float>& conditions,
                                      const std::vector<std::int64_t>& condition_of,
                                      std::int64_t begin,
                                      std::int64_t end) {
  const Panel rows = conditioner_.rows(end - begin);
  for (std::int64_t i = begin; i < end; ++i) {
    const float* from = conditions.row(condition_of[static_cast<std::size_t>(i)]) + index_ * rows.cols;
    std::copy_n(from, rows.cols, rows.values + (i - begin) * rows.stride);
  }
  return rows;
}

Panel EstimatorRun::targets(const Matrix<float>& matrix, std::int64_t begin, std::int64_t end) {
  const Panel rows = own_.panel(kTargets, end - begin, matrix.cols);
  kernels().copy({matrix.row(begin), end - begin, matrix.cols, matrix.cols}, rows.view(), false);
  return rows;
}

Pass& EstimatorRun::pass_given(const Panel& condition) {
  pass_.condition = condition;
  pass_.noise = Panel{};
  return pass_;
}

/// The member's own columns.
Panel EstimatorRun::loss_noise(const BatchRange& data_sets) {
  const std::int64_t width = member_.network->loss_noise_width();
  if (width == 0) return {};
  const Matrix<float>& noise = data_sets.batch.noise;
  const Panel rows = own_.panel(kNoise, data_sets.count(), width);
  kernels().copy({noise.row(data_sets.begin) + index_ * width, rows.rows, width, noise.cols}, rows.view(), false);
  return rows;
}

Panel EstimatorRun::losses(const BatchRange& data_sets, const Panel& condition) {
  const TrainingBatch& batch = data_sets.batch;
  networks_.check_targets(batch.parameters);
  networks_.check_noise(batch.noise, batch.count());
  pass_given(condition).noise = loss_noise(data_sets);
  const Panel input = targets(batch.parameters, data_sets.begin, data_sets.end);
  return run_loss(*member_.network, pass_, input, network_scratch_);
}

void EstimatorRun::backward(double scale) {
  const bool learns = member_.conditioner.has_parameters();
  const Panel by_condition = backward_through_network(scale, learns, false).condition_gradient;
  if (learns) conditioner_.backward(by_condition, pass_);
}

EstimatorRun::BackwardResult EstimatorRun::backward_to_condition(double scale, bool wants_targets) {
  return backward_through_network(scale, true, wants_targets);
}

EstimatorRun::BackwardResult EstimatorRun::backward_through_network(double scale,
                                                                    bool wants_condition,
                                                                    bool wants_targets) {
  const std::int64_t rows = pass_.condition.rows;
  const Panel by_loss = own_.panel(kLossGradient, rows, 1);
  for (std::int64_t i = 0; i < rows; ++i) by_loss.values[i * by_loss.stride] = static_cast<float>(scale);
  const Panel log_det_gradient = own_.panel(kLogDetGradient, 1, rows);
  zero(log_det_gradient);
  pass_.log_det_gradient = log_det_gradient.values;
  pass_.condition_gradient =
      wants_condition ? own_.panel(kConditionGradient, rows, networks_.condition_width()) : Panel{};
  if (wants_condition) zero(pass_.condition_gradient);
  const Network& network = member_.network->loss();
  const Panel by_targets =
      run_backward(network, 0, network.layers().size(), pass_, by_loss, wants_targets, network_scratch_);
  return {pass_.condition_gradient, by_targets};
}

}  // namespace amortflow
