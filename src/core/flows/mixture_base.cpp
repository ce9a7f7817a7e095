#include "flows/mixture_base.h"

#include <algorithm>
#include <cmath>

#include "base/constants.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kLogWeights, kShares };

constexpr double kLogSdAtStart = -0.34657359027997264;  // log sqrt(1 / 2)

/// log of the sum of exp(x), in double.
double log_sum_exp(const float* x, std::int64_t count) {
  const double top = static_cast<double>(*std::max_element(x, x + count));
  double sum = 0;
  for (std::int64_t k = 0; k < count; ++k) sum += std::exp(static_cast<double>(x[k]) - top);
  return top + std::log(sum);
}

}  // namespace

void MixtureBase::declare(ParameterLayout& layout, const std::string& prefix) {
  const Initializer sds{Initializer::Kind::kConstant, kLogSdAtStart};
  const Initializer means{Initializer::Kind::kNormal, std::sqrt(0.5)};
  raw_weight_ = layout.add(prefix + ".raw_weight", 1, components_, Initializer{}, false);
  mean_ = layout.add(prefix + ".mean", components_, dimension_, means, false);
  log_sd_ = layout.add(prefix + ".log_sd", components_, dimension_, sds, false);
}

Panel MixtureBase::log_weights(const Pass& pass, Scratch& scratch) const {
  const Panel row = scratch.panel(kLogWeights, 1, components_);
  const float* raw = pass.weight(raw_weight_).data;
  const double total = log_sum_exp(raw, components_);
  for (std::int64_t k = 0; k < components_; ++k) {
    row.values[k] = static_cast<float>(static_cast<double>(raw[k]) - total);
  }
  return row;
}

void MixtureBase::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const ConstRows mean = pass.weight(mean_);
  const ConstRows log_sd = pass.weight(log_sd_);
  const Panel weights = log_weights(pass, scratch);
  const Panel shares = scratch.panel(kShares, out.rows, components_);
  const double constant = 0.5 * static_cast<double>(dimension_) * kLogTwoPi;
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* z = scratch.input.values + i * scratch.input.stride;
    float* share = shares.values + i * shares.stride;
    for (std::int64_t k = 0; k < components_; ++k) {
      share[k] = weights.values[k];
      for (std::int64_t j = 0; j < dimension_; ++j) {
        const float s = log_sd.data[k * log_sd.stride + j];
        const float u = (z[j] - mean.data[k * mean.stride + j]) * std::exp(-s);
        share[k] -= 0.5F * u * u + s;
      }
    }
    const double log_density = log_sum_exp(share, components_);
    for (std::int64_t k = 0; k < components_; ++k) share[k] = std::exp(share[k] - static_cast<float>(log_density));
    out.values[i * out.stride] = static_cast<float>(constant - log_density) - pass.log_det[i];
  }
}

/// `g`: the loss's derivative by this component's share of the log density.
void MixtureBase::add_component_gradients(const Pass& pass,
                                          std::int64_t k,
                                          float g,
                                          const float* z,
                                          float* z_gradient) const {
  const ConstRows mean = pass.weight(mean_);
  const ConstRows log_sd = pass.weight(log_sd_);
  for (std::int64_t j = 0; j < dimension_; ++j) {
    const float inverse_sd = std::exp(-log_sd.data[k * log_sd.stride + j]);
    const float u = (z[j] - mean.data[k * mean.stride + j]) * inverse_sd;
    z_gradient[j] += g * u * inverse_sd;
    if (!learned_) continue;
    const Rows mean_gradient = pass.weight_gradient(mean_);
    const Rows log_sd_gradient = pass.weight_gradient(log_sd_);
    mean_gradient.data[k * mean_gradient.stride + j] -= g * u * inverse_sd;
    log_sd_gradient.data[k * log_sd_gradient.stride + j] += g * (1 - u * u);
  }
}

void MixtureBase::backward(const Pass& pass,
                           const Panel& out_gradient,
                           const Panel& in_gradient,
                           Scratch& scratch) const {
  const Panel weights = scratch.panel(kLogWeights, 1, components_);
  const Panel shares = scratch.panel(kShares, out_gradient.rows, components_);
  for (std::int64_t i = 0; i < out_gradient.rows; ++i) {
    const float g = out_gradient.values[i * out_gradient.stride];
    pass.log_det_gradient[i] -= g;
    const float* z = scratch.input.values + i * scratch.input.stride;
    float* z_gradient = in_gradient.values + i * in_gradient.stride;
    std::fill_n(z_gradient, dimension_, 0.0F);
    const float* share = shares.values + i * shares.stride;
    for (std::int64_t k = 0; k < components_; ++k) {
      add_component_gradients(pass, k, g * share[k], z, z_gradient);
      if (learned_) pass.weight_gradient(raw_weight_).data[k] += g * (std::exp(weights.values[k]) - share[k]);
    }
  }
}

void MixtureBase::fill_draw(const ParameterStore& parameters, rng& random, float* row) const {
  const float* raw = parameters.at(raw_weight_);
  double left = random.uniform() * std::exp(log_sum_exp(raw, components_));
  std::int64_t k = 0;
  for (; k + 1 < components_; ++k) {
    left -= std::exp(static_cast<double>(raw[k]));
    if (left < 0) break;
  }
  const std::int64_t stride = parameters.layout()[mean_].stride;
  const float* mean = parameters.at(mean_) + k * stride;
  const float* log_sd = parameters.at(log_sd_) + k * stride;
  for (std::int64_t j = 0; j < dimension_; ++j) {
    row[j] = mean[j] + std::exp(log_sd[j]) * static_cast<float>(random.normal());
  }
}

}  // namespace amortflow
