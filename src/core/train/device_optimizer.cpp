#include "train/device_optimizer.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace amortflow {

namespace {

enum Tally : std::int64_t { kTaken, kSkipped, kLoss, kNorm, kSkippedInARow };

/// 1 where an entry decays, 0 elsewhere; padding included, where weights are 0.
at::Tensor decay_mask(const ParameterLayout& layout, const at::Tensor& like) {
  at::Tensor mask = at::zeros({layout.floats()}, at::kFloat);
  for (const auto& entry : layout.entries()) {
    if (entry.decays) std::fill_n(mask.data_ptr<float>() + entry.offset, entry.rows * entry.stride, 1.0F);
  }
  return mask.to(like.device());
}

}  // namespace

DeviceOptimizer::DeviceOptimizer(const ParameterLayout& layout,
                                 const OptimizerOptions& options,
                                 const at::Tensor& weights,
                                 const at::Tensor& gradient)
    : options_(options),
      weights_(weights),
      gradient_(gradient),
      first_moment_(at::zeros_like(weights)),
      second_moment_(at::zeros_like(weights)),
      steps_(at::zeros({}, weights.options().dtype(at::kDouble))),
      tally_(at::zeros({kTallySize}, weights.options().dtype(at::kDouble))) {
  if (options.weight_decay > 0) decays_ = decay_mask(layout, weights);
}

void DeviceOptimizer::step(const at::Tensor& loss, const at::Tensor& learning_rate) {
  const at::Tensor norm = gradient_.norm().to(at::kDouble);
  const at::Tensor loss_value = loss.to(at::kDouble);
  const at::Tensor alive = tally_.select(0, kSkippedInARow).lt(static_cast<double>(kMostSkippedInARow));
  const at::Tensor taken = at::isfinite(loss_value + norm).logical_and(alive);
  update(norm, taken, learning_rate.to(at::kDouble));
  count(loss_value, norm, taken, alive);
}

/// A step that is not taken has a gradient of 0 and rates of 0, which leaves every number as it is.
void DeviceOptimizer::update(const at::Tensor& norm, const at::Tensor& taken, const at::Tensor& learning_rate) {
  const at::Tensor one_if_taken = taken.to(at::kDouble);
  const at::Tensor refused = taken.logical_not();
  const auto rate = [](const at::Tensor& number) { return number.to(at::kFloat); };
  steps_.add_(one_if_taken);
  const at::Tensor steps = steps_.clamp_min(1);
  const at::Tensor correction1 = (1 - at::pow(options_.beta1, steps)).reciprocal();
  const at::Tensor correction2 = (1 - at::pow(options_.beta2, steps)).reciprocal();

  const at::Tensor clip = (norm + 1e-6).reciprocal().mul_(options_.clip_norm).clamp_max_(1).masked_fill_(refused, 0);
  gradient_.masked_fill_(refused, 0).mul_(rate(clip));
  first_moment_.lerp_(gradient_, rate(one_if_taken * (1 - options_.beta1)));
  second_moment_.lerp_(gradient_ * gradient_, rate(one_if_taken * (1 - options_.beta2)));

  const at::Tensor scale = at::sqrt(second_moment_ * rate(correction2)).add_(options_.epsilon);
  const at::Tensor allowed = learning_rate * one_if_taken;
  if (decays_.defined()) weights_.mul_(1 - rate(allowed * options_.weight_decay) * decays_);
  weights_.sub_((first_moment_ / scale).mul_(rate(allowed * correction1)));
}

void DeviceOptimizer::count(const at::Tensor& loss,
                            const at::Tensor& norm,
                            const at::Tensor& taken,
                            const at::Tensor& alive) {
  const at::Tensor refused = taken.logical_not();
  const at::Tensor one_if_refused = refused.to(at::kDouble);
  tally_.narrow(0, 0, kSkippedInARow)
      .add_(at::stack(
          {taken.to(at::kDouble), one_if_refused * alive, loss.masked_fill(refused, 0), norm.masked_fill(refused, 0)}));
  tally_.select(0, kSkippedInARow).add_(1).mul_(one_if_refused).clamp_max_(static_cast<double>(kMostSkippedInARow));
}

void DeviceOptimizer::clear_tally() { tally_.narrow(0, 0, kSkippedInARow).zero_(); }

StepTally DeviceOptimizer::read_tally(const double* tally) {
  StepTally result;
  result.taken = static_cast<std::int64_t>(tally[kTaken]);
  result.skipped = static_cast<std::int64_t>(tally[kSkipped]);
  result.skipped_in_a_row = static_cast<std::int64_t>(tally[kSkippedInARow]);
  if (result.taken > 0) {
    result.loss = tally[kLoss] / tally[kTaken];
    result.gradient_norm = tally[kNorm] / tally[kTaken];
  }
  return result;
}

}  // namespace amortflow
