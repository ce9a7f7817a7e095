#include "train/device_optimizer.h"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "base/errors.h"
#include "train/training_step.h"

namespace amortflow {

namespace {

// In `counts_`, behind the numbers of which every step adds to each.
constexpr std::int64_t kSkippedInARow = 4;

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
      counts_(at::zeros({kCounts}, weights.options().dtype(at::kDouble))) {
  if (options.weight_decay > 0) decays_ = decay_mask(layout, weights);
  if (options.average_decay > 0) average_ = at::zeros_like(weights);
}

void DeviceOptimizer::step(const at::Tensor& loss, const at::Tensor& learning_rate) {
  const at::Tensor norm = gradient_.norm().to(at::kDouble);
  const at::Tensor loss_value = loss.to(at::kDouble);
  const at::Tensor alive = counts_.select(0, kSkippedInARow).lt(static_cast<double>(kMostSkippedInARow));
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
  if (average_.defined()) average_in(one_if_taken);
}

void DeviceOptimizer::average_in(const at::Tensor& one_if_taken) {
  const at::Tensor decay = ((steps_ + 1) / (steps_ + 10)).clamp_max_(options_.average_decay);
  const at::Tensor blend = (1 - decay).masked_fill_(steps_.le(1), 1);  // the first average is the weights themselves
  average_.lerp_(weights_, (blend * one_if_taken).to(at::kFloat));
}

void DeviceOptimizer::count(const at::Tensor& loss,
                            const at::Tensor& norm,
                            const at::Tensor& taken,
                            const at::Tensor& alive) {
  const at::Tensor refused = taken.logical_not();
  const at::Tensor one_if_refused = refused.to(at::kDouble);
  counts_.narrow(0, 0, kSkippedInARow)
      .add_(at::stack(
          {taken.to(at::kDouble), one_if_refused * alive, loss.masked_fill(refused, 0), norm.masked_fill(refused, 0)}));
  counts_.select(0, kSkippedInARow).add_(1).mul_(one_if_refused).clamp_max_(static_cast<double>(kMostSkippedInARow));
}

Optimizer::State DeviceOptimizer::state() const {
  const auto on_host = [](const at::Tensor& numbers) {
    AlignedBuffer buffer(numbers.defined() ? numbers.numel() : 0);
    if (numbers.defined()) at::from_blob(buffer.data(), {buffer.size()}, at::kFloat).copy_(numbers);
    return buffer;
  };
  const auto steps = static_cast<std::int64_t>(steps_.item<double>());
  return {steps, on_host(first_moment_), on_host(second_moment_), on_host(steps > 0 ? average_ : at::Tensor())};
}

void DeviceOptimizer::restore(const Optimizer::State& state) {
  const std::int64_t floats = weights_.numel();
  const bool average_fits = state.average.size() == 0 || (average_.defined() && state.average.size() == floats);
  if (state.first_moment.size() != floats || state.second_moment.size() != floats || !average_fits) {
    throw ShapeError("the moments of an optimizer must be as long as its weights");
  }
  const auto from_host = [](const AlignedBuffer& buffer) {
    return at::from_blob(const_cast<float*>(buffer.data()), {buffer.size()}, at::kFloat);
  };
  steps_.fill_(static_cast<double>(state.steps));
  first_moment_.copy_(from_host(state.first_moment));
  second_moment_.copy_(from_host(state.second_moment));
  if (state.average.size() > 0) average_.copy_(from_host(state.average));
}

}  // namespace amortflow
