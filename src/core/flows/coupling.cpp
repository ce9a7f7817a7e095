#include "flows/coupling.h"

#include "flows/condition_stack.h"
#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kOthers, kRawGradient, kGradient };
enum Child : std::size_t { kSubnetwork, kTransform };

}  // namespace

Coupling::Coupling(const CouplingOptions& options, std::shared_ptr<const VariableTransform> transform)
    : options_(options), transform_(std::move(transform)) {
  ConditionStackOptions stack;
  stack.input_width = options.dimension - target_width();
  stack.condition_width = options.condition_width;
  stack.width = options.width;
  stack.depth = options.depth;
  stack.output_width = transform_->numbers() * target_width();
  stack.activation = options.activation;
  stack.residual = false;
  subnetwork_ = condition_stack(stack);
}

void Coupling::declare(ParameterLayout& layout, const std::string& prefix) { subnetwork_.declare(layout, prefix); }

Panel Coupling::raw_numbers(const Pass& pass, const Panel& values, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t before = options_.target_begin;
  const std::int64_t after = options_.dimension - options_.target_end;
  const Panel others = scratch.panel(kOthers, values.rows, before + after);
  if (before > 0) k.copy(values.columns(0, before), others.columns(0, before), false);
  if (after > 0) k.copy(values.columns(options_.target_end, after), others.columns(before, after), false);
  return run_forward(subnetwork_, 0, subnetwork_.layers().size(), pass, others, *scratch.segments,
                     scratch.child(kSubnetwork));
}

void Coupling::copy_others(const Panel& from, const Panel& to) const {
  const Kernels& k = kernels();
  const std::int64_t after = options_.dimension - options_.target_end;
  if (options_.target_begin > 0) {
    k.copy(from.columns(0, options_.target_begin), to.columns(0, options_.target_begin), false);
  }
  if (after > 0) k.copy(from.columns(options_.target_end, after), to.columns(options_.target_end, after), false);
}

void Coupling::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  Scratch& of_transform = scratch.child(kTransform);
  of_transform.input = raw_numbers(pass, scratch.input, scratch);
  copy_others(scratch.input, out);
  transform_->forward(pass, of_transform.input, targets(scratch.input), targets(out), of_transform);
}

void Coupling::backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool wanted = in_gradient.values != nullptr;
  const Panel gradient = wanted ? in_gradient : scratch.panel(kGradient, out_gradient.rows, options_.dimension);
  k.copy(out_gradient.view(), gradient.view(), false);
  Scratch& of_transform = scratch.child(kTransform);
  const Panel& raw = of_transform.input;
  const Panel raw_gradient = scratch.panel(kRawGradient, raw.rows, raw.cols);
  transform_->backward(pass, raw, targets(scratch.input), targets(gradient), raw_gradient, of_transform);
  const std::int64_t before = options_.target_begin;
  const std::int64_t after = options_.dimension - options_.target_end;
  const bool wants_others = wanted && before + after > 0;
  const Panel others = run_backward(subnetwork_, 0, subnetwork_.layers().size(), pass, raw_gradient, wants_others,
                                    scratch.child(kSubnetwork));
  if (!wants_others) return;
  if (before > 0) k.copy(others.columns(0, before), gradient.columns(0, before), true);
  if (after > 0) k.copy(others.columns(before, after), gradient.columns(options_.target_end, after), true);
}

void Coupling::invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const {
  const Panel raw = raw_numbers(pass, out, scratch);
  copy_others(out, in);
  transform_->invert(raw, targets(out), targets(in));
}

}  // namespace amortflow
