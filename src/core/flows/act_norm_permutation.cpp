#include "flows/act_norm_permutation.h"

#include <algorithm>
#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kScaled, kScale, kScaleGradient, kOffset, kGradient };

std::vector<std::int64_t> inverse_of(const std::vector<std::int64_t>& permutation) {
  std::vector<std::int64_t> inverse(permutation.size());
  for (std::size_t j = 0; j < permutation.size(); ++j) {
    inverse[static_cast<std::size_t>(permutation[j])] = static_cast<std::int64_t>(j);
  }
  return inverse;
}

}  // namespace

ActNormPermutation::ActNormPermutation(const std::vector<std::int64_t>& permutation)
    : from_(permutation.begin(), permutation.end()), order_(permutation), back_order_(inverse_of(permutation)) {
  const auto back = inverse_of(permutation);
  back_from_.assign(back.begin(), back.end());
}

void ActNormPermutation::declare(ParameterLayout& layout, const std::string& prefix) {
  log_scale_ = layout.add(prefix + ".log_scale", 1, output_width(), {}, false);
  shift_ = layout.add(prefix + ".shift", 1, output_width(), {}, false);
}

/// exp(sign * log_scale) as one row.
Panel ActNormPermutation::scale(const Pass& pass, Scratch& scratch, float sign) const {
  const Panel factors = scratch.panel(kScale, 1, output_width());
  const float* log_scale = pass.weight(log_scale_).data;
  for (std::int64_t j = 0; j < output_width(); ++j) factors.values[j] = std::exp(sign * log_scale[j]);
  return factors;
}

void ActNormPermutation::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel scaled = scratch.panel(kScaled, out.rows, out.cols);
  const Panel factors = scale(pass, scratch, 1.0F);
  k.scale_columns(factors.values, pass.weight(shift_).data, scratch.input.view(), scaled.view());
  k.permute_columns(from_.data(), scaled.view(), out.view());
  float log_det = 0;
  for (std::int64_t j = 0; j < out.cols; ++j) log_det += pass.weight(log_scale_).data[j];
  for (std::int64_t i = 0; i < out.rows; ++i) pass.log_det[i] += log_det;
}

void ActNormPermutation::backward(const Pass& pass,
                                  const Panel& out_gradient,
                                  const Panel& in_gradient,
                                  Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool wanted = in_gradient.values != nullptr;
  const Panel gradient = wanted ? in_gradient : scratch.panel(kGradient, out_gradient.rows, out_gradient.cols);
  k.permute_columns(back_from_.data(), out_gradient.view(), gradient.view());
  const Panel factors = scale(pass, scratch, 1.0F);
  const Panel factor_gradient = scratch.panel(kScaleGradient, 1, output_width());
  std::fill_n(factor_gradient.values, factor_gradient.stride, 0.0F);
  k.scale_columns_backward(factors.values, scratch.input.view(), gradient.view(), factor_gradient.values,
                           pass.weight_gradient(shift_).data);
  float log_det_gradient = 0;
  for (std::int64_t i = 0; i < out_gradient.rows; ++i) log_det_gradient += pass.log_det_gradient[i];
  float* log_scale_gradient = pass.weight_gradient(log_scale_).data;
  for (std::int64_t j = 0; j < output_width(); ++j) {
    log_scale_gradient[j] += factor_gradient.values[j] * factors.values[j] + log_det_gradient;
  }
}

void ActNormPermutation::invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel ordered = scratch.panel(kScaled, out.rows, out.cols);
  k.permute_columns(back_from_.data(), out.view(), ordered.view());
  const Panel factors = scale(pass, scratch, -1.0F);
  const Panel offset = scratch.panel(kOffset, 1, output_width());
  const float* shift = pass.weight(shift_).data;
  for (std::int64_t j = 0; j < output_width(); ++j) offset.values[j] = -shift[j] * factors.values[j];
  k.scale_columns(factors.values, offset.values, ordered.view(), in.view());
}

}  // namespace amortflow
