#include "flows/student_base.h"

#include <algorithm>
#include <cmath>

#include "amortflow/distributions.hpp"
#include "base/constants.h"
#include "base/polygamma.h"
#include "simulate/tail_probabilities.h"

namespace amortflow {

namespace {

/// -log of the density at 0.
double constant(double df) { return log_gamma(0.5 * df) - log_gamma(0.5 * (df + 1)) + 0.5 * std::log(df * kPi); }

double constant_by_df(double df) { return 0.5 * (digamma(0.5 * df) - digamma(0.5 * (df + 1)) + 1 / df); }

}  // namespace

void StudentBase::declare(ParameterLayout& layout, const std::string& prefix) {
  if (!learned_) return;
  const Initializer start{Initializer::Kind::kConstant, std::log(df_)};
  log_df_ = layout.add(prefix + ".log_df", 1, dimension_, start, false);
}

double StudentBase::df(const ParameterStore& parameters, std::int64_t j) const {
  if (!learned_) return df_;
  return std::clamp(std::exp(static_cast<double>(parameters.at(log_df_)[j])), kLeastDf, kMostDf);
}

void StudentBase::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  for (std::int64_t i = 0; i < out.rows; ++i) out.values[i * out.stride] = -pass.log_det[i];
  for (std::int64_t j = 0; j < dimension_; ++j) {
    const double nu = df(*pass.parameters, j);
    const double at_zero = constant(nu);
    for (std::int64_t i = 0; i < out.rows; ++i) {
      const double z = static_cast<double>(scratch.input.values[i * scratch.input.stride + j]);
      out.values[i * out.stride] += static_cast<float>(at_zero + 0.5 * (nu + 1) * std::log1p(z * z / nu));
    }
  }
}

void StudentBase::backward(const Pass& pass,
                           const Panel& out_gradient,
                           const Panel& in_gradient,
                           Scratch& scratch) const {
  for (std::int64_t i = 0; i < out_gradient.rows; ++i) {
    pass.log_det_gradient[i] -= out_gradient.values[i * out_gradient.stride];
  }
  for (std::int64_t j = 0; j < dimension_; ++j) {
    const double nu = df(*pass.parameters, j);
    const double slope = constant_by_df(nu);
    double by_df = 0;
    for (std::int64_t i = 0; i < out_gradient.rows; ++i) {
      const double g = static_cast<double>(out_gradient.values[i * out_gradient.stride]);
      const double z = static_cast<double>(scratch.input.values[i * scratch.input.stride + j]);
      const double scaled = (nu + 1) / (nu + z * z);
      in_gradient.values[i * in_gradient.stride + j] = static_cast<float>(g * z * scaled);
      by_df += g * (slope + 0.5 * std::log1p(z * z / nu) - 0.5 * z * z / nu * scaled);
    }
    if (learned_ && nu > kLeastDf && nu < kMostDf) {
      pass.weight_gradient(log_df_).data[j] += static_cast<float>(by_df * nu);
    }
  }
}

void StudentBase::fill_draw(const ParameterStore& parameters, rng& random, float* row) const {
  for (std::int64_t j = 0; j < dimension_; ++j) row[j] = static_cast<float>(student_t(random, df(parameters, j)));
}

}  // namespace amortflow
