#include "flows/autoregressive.h"

#include <algorithm>
#include <numeric>

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kRawGradient, kGradient, kOneVariable };
enum ByDegreeSlot : std::size_t { kOutputs = 13 };  // beside those of a masked layer
enum Child : std::size_t { kSubnetwork, kTransform, kFirstByDegree };

using Degrees = std::vector<std::int64_t>;

/// Degrees 0 to d - 1 in order, each as often as the others but for rounding.
Degrees unit_degrees(std::int64_t units, std::int64_t dimension) {
  Degrees degrees;
  for (std::int64_t u = 0; u < units; ++u) degrees.push_back(u * dimension / units);
  return degrees;
}

/// Of the raw numbers of variable j: j - 1, counted from 1.
Degrees number_degrees(const std::vector<std::int64_t>& groups, std::int64_t dimension) {
  Degrees degrees;
  for (const std::int64_t numbers : groups) {
    for (std::int64_t j = 0; j < dimension; ++j) degrees.insert(degrees.end(), static_cast<std::size_t>(numbers), j);
  }
  return degrees;
}

}  // namespace

Autoregressive::Autoregressive(const AutoregressiveOptions& options, std::shared_ptr<const VariableTransform> transform)
    : options_(options), transform_(std::move(transform)) {
  Degrees variables(static_cast<std::size_t>(options.dimension));
  std::iota(variables.begin(), variables.end(), 1);
  const std::int64_t width = std::max(options.width, options.dimension);
  const Degrees units = unit_degrees(width, options.dimension);
  DenseOptions dense;
  dense.input_width = options.dimension;
  dense.condition_width = options.condition_width;
  dense.activation = options.activation;
  dense.output_width = width;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    add(dense, i == 0 ? variables : units, units);
    dense.input_width = width;
    dense.condition_width = 0;
    dense.residual = true;
  }
  dense.output_width = transform_->numbers() * options.dimension;
  dense.activation = Activation::kIdentity;
  dense.residual = false;
  dense.starts_at_zero = true;
  add(dense, units, number_degrees(transform_->groups(), options.dimension));
}

void Autoregressive::add(const DenseOptions& dense, const Degrees& input_degrees, const Degrees& output_degrees) {
  auto layer = std::make_unique<MaskedDense>(dense, input_degrees, output_degrees);
  layers_.push_back(layer.get());
  subnetwork_.add(std::move(layer));
}

void Autoregressive::declare(ParameterLayout& layout, const std::string& prefix) {
  subnetwork_.declare(layout, prefix);
}

void Autoregressive::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  Scratch& of_transform = scratch.child(kTransform);
  of_transform.input =
      run_forward(subnetwork_, 0, layers_.size(), pass, scratch.input, *scratch.segments, scratch.child(kSubnetwork));
  transform_->forward(pass, of_transform.input, scratch.input.view(), out.view(), of_transform);
}

void Autoregressive::backward(const Pass& pass,
                              const Panel& out_gradient,
                              const Panel& in_gradient,
                              Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool wanted = in_gradient.values != nullptr;
  const Panel gradient = wanted ? in_gradient : scratch.panel(kGradient, out_gradient.rows, options_.dimension);
  k.copy(out_gradient.view(), gradient.view(), false);
  Scratch& of_transform = scratch.child(kTransform);
  const Panel& raw = of_transform.input;
  const Panel raw_gradient = scratch.panel(kRawGradient, raw.rows, raw.cols);
  transform_->backward(pass, raw, scratch.input.view(), gradient.view(), raw_gradient, of_transform);
  const Panel by_network =
      run_backward(subnetwork_, 0, layers_.size(), pass, raw_gradient, wanted, scratch.child(kSubnetwork));
  if (wanted) k.copy(by_network.view(), gradient.view(), true);
}

Panel Autoregressive::numbers_of(std::int64_t i, const Panel& raw, Scratch& scratch) const {
  const Panel numbers = scratch.panel(kOneVariable, raw.rows, transform_->numbers());
  std::int64_t column = 0;
  for (const std::int64_t width : transform_->groups()) {
    kernels().copy(raw.columns(column * options_.dimension + i * width, width), numbers.columns(column, width), false);
    column += width;
  }
  return numbers;
}

void Autoregressive::invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    layers_[l]->start_by_degree(pass, out.rows, scratch.child(kFirstByDegree + l));
  }
  for (std::int64_t i = 0; i < options_.dimension; ++i) {
    Panel current = in;
    for (std::size_t l = 0; l < layers_.size(); ++l) {
      Scratch& own = scratch.child(kFirstByDegree + l);
      const Panel next = own.panel(kOutputs, out.rows, layers_[l]->output_width());
      layers_[l]->forward_degree(pass, i, current, next, own);
      current = next;
    }
    transform_->invert(numbers_of(i, current, scratch), out.columns(i, 1), in.columns(i, 1));
  }
}

}  // namespace amortflow
