#include "nets/equivariant_dense.h"

#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kSlope, kMeans, kOfMeans, kOfMeansGradient, kMeansGradient };

}  // namespace

void EquivariantDense::declare(ParameterLayout& layout, const std::string& prefix) {
  const Initializer start = {Initializer::Kind::kNormal, std::sqrt(1.0 / static_cast<double>(options_.input_width))};
  weight_ = layout.add(prefix + ".weight", options_.input_width, options_.output_width, start, true);
  mean_weight_ = layout.add(prefix + ".mean_weight", options_.input_width, options_.output_width, start, true);
  bias_ = layout.add(prefix + ".bias", 1, options_.output_width, Initializer{}, false);
}

void EquivariantDense::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t* offsets = scratch.segments->offsets.data();
  const Panel means = scratch.panel(kMeans, scratch.segments->count(), options_.input_width);
  const Panel of_means = scratch.panel(kOfMeans, means.rows, out.cols);
  k.pool(Pooling::kMean, offsets, scratch.input.view(), means.view());
  k.multiply(means.view(), pass.weight(mean_weight_), of_means.view(), false);
  k.spread(Pooling::kSum, offsets, of_means.view(), out.view(), false);
  k.multiply(scratch.input.view(), pass.weight(weight_), out.view(), true);
  const Rows slope = pass.gradient != nullptr ? scratch.panel(kSlope, out.rows, out.cols).view() : Rows{};
  k.activate(options_.activation, out.view(), pass.weight(bias_).data, out.view(), slope);
}

void EquivariantDense::backward(const Pass& pass,
                                const Panel& out_gradient,
                                const Panel& in_gradient,
                                Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t* offsets = scratch.segments->offsets.data();
  const Panel slope = scratch.panel(kSlope, out_gradient.rows, out_gradient.cols);
  k.activate_backward(slope.view(), out_gradient.view(), pass.weight_gradient(bias_).data);
  k.multiply_transposed(scratch.input.view(), out_gradient.view(), pass.weight_gradient(weight_), true);
  const Panel means = scratch.panel(kMeans, scratch.segments->count(), options_.input_width);
  const Panel of_means_gradient = scratch.panel(kOfMeansGradient, means.rows, out_gradient.cols);
  k.pool(Pooling::kSum, offsets, out_gradient.view(), of_means_gradient.view());
  k.multiply_transposed(means.view(), of_means_gradient.view(), pass.weight_gradient(mean_weight_), true);
  if (in_gradient.values == nullptr) return;
  const Panel means_gradient = scratch.panel(kMeansGradient, means.rows, options_.input_width);
  k.multiply(of_means_gradient.view(), pass.mirror(mean_weight_), means_gradient.view(), false);
  k.spread(Pooling::kMean, offsets, means_gradient.view(), in_gradient.view(), false);
  k.multiply(out_gradient.view(), pass.mirror(weight_), in_gradient.view(), true);
}

}  // namespace amortflow
