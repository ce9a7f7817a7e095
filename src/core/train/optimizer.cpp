#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

namespace amortflow {

Optimizer::Optimizer(const ParameterLayout& layout, const OptimizerOptions& options)
    : options_(options), first_moment_(layout.floats()), second_moment_(layout.floats()), decays_(layout.floats()) {
  for (const auto& entry : layout.entries()) {
    if (entry.decays) std::fill_n(decays_.data() + entry.offset, entry.rows * entry.stride, 1.0F);
  }
}

double Optimizer::norm(const AlignedBuffer& gradient) {
  double sum = 0;
  for (std::int64_t i = 0; i < gradient.size(); ++i) {
    sum += static_cast<double>(gradient.data()[i]) * static_cast<double>(gradient.data()[i]);
  }
  return std::sqrt(sum);
}

void Optimizer::step(AlignedBuffer& weights,
                     const AlignedBuffer& gradient,
                     double gradient_norm,
                     double learning_rate) {
  ++steps_;
  const auto clip = static_cast<float>(std::min(1.0, options_.clip_norm / (gradient_norm + 1e-6)));
  const auto correction1 = static_cast<float>(1.0 / (1.0 - std::pow(options_.beta1, static_cast<double>(steps_))));
  const auto correction2 = static_cast<float>(1.0 / (1.0 - std::pow(options_.beta2, static_cast<double>(steps_))));
  const auto beta1 = static_cast<float>(options_.beta1);
  const auto beta2 = static_cast<float>(options_.beta2);
  const auto epsilon = static_cast<float>(options_.epsilon);
  const auto rate = static_cast<float>(learning_rate);
  const auto decay = static_cast<float>(learning_rate * options_.weight_decay);
  float* w = weights.data();
  const float* g = gradient.data();
  float* m = first_moment_.data();
  float* v = second_moment_.data();
  const float* d = decays_.data();
  for (std::int64_t i = 0; i < weights.size(); ++i) {
    const float gradient_i = g[i] * clip;
    m[i] = beta1 * m[i] + (1 - beta1) * gradient_i;
    v[i] = beta2 * v[i] + (1 - beta2) * gradient_i * gradient_i;
    w[i] -= decay * d[i] * w[i] + rate * m[i] * correction1 / (std::sqrt(v[i] * correction2) + epsilon);
  }
}

}  // namespace amortflow
