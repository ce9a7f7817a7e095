#include "flows/normal_base.h"

#include "base/constants.h"

namespace amortflow {

void NormalBase::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const auto constant = static_cast<float>(0.5 * static_cast<double>(dimension_) * kLogTwoPi);
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* z = scratch.input.values + i * scratch.input.stride;
    float sum = 0;
    for (std::int64_t j = 0; j < dimension_; ++j) sum += z[j] * z[j];
    out.values[i * out.stride] = 0.5F * sum + constant - pass.log_det[i];
  }
}

void NormalBase::backward(const Pass& pass,
                          const Panel& out_gradient,
                          const Panel& in_gradient,
                          Scratch& scratch) const {
  for (std::int64_t i = 0; i < out_gradient.rows; ++i) {
    const float gradient = out_gradient.values[i * out_gradient.stride];
    pass.log_det_gradient[i] -= gradient;
    const float* z = scratch.input.values + i * scratch.input.stride;
    float* to = in_gradient.values + i * in_gradient.stride;
    for (std::int64_t j = 0; j < dimension_; ++j) to[j] = gradient * z[j];
  }
}

void NormalBase::fill_draw(const ParameterStore&, rng& random, float* row) const {
  for (std::int64_t j = 0; j < dimension_; ++j) row[j] = static_cast<float>(random.normal());
}

}  // namespace amortflow
