#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

Optimizer::Optimizer(const ParameterLayout& layout, const OptimizerOptions& options)
    : options_(options), first_moment_(layout.floats()), second_moment_(layout.floats()) {
  for (const auto& entry : layout.entries()) {
    if (stretches_.empty() || stretches_.back().decays != entry.decays) {
      stretches_.push_back({entry.offset, 0, entry.decays});
    }
    stretches_.back().floats += entry.rows * entry.stride;
  }
}

double Optimizer::norm(const AlignedBuffer& gradient) {
  return std::sqrt(kernels().squared_norm(gradient.size(), gradient.data()));
}

void Optimizer::step(AlignedBuffer& weights,
                     const AlignedBuffer& gradient,
                     double gradient_norm,
                     double learning_rate) {
  ++steps_;
  const auto correction = [this](double beta) {
    return static_cast<float>(1.0 / (1.0 - std::pow(beta, static_cast<double>(steps_))));
  };
  AdamwRates rates;
  rates.learning_rate = static_cast<float>(learning_rate);
  rates.beta1 = static_cast<float>(options_.beta1);
  rates.beta2 = static_cast<float>(options_.beta2);
  rates.epsilon = static_cast<float>(options_.epsilon);
  rates.correction1 = correction(options_.beta1);
  rates.correction2 = correction(options_.beta2);
  rates.clip = static_cast<float>(std::min(1.0, options_.clip_norm / (gradient_norm + 1e-6)));
  for (const auto& stretch : stretches_) {
    rates.weight_decay = stretch.decays ? static_cast<float>(options_.weight_decay) : 0.0F;
    kernels().adamw_step(stretch.floats, weights.data() + stretch.offset, gradient.data() + stretch.offset,
                         first_moment_.data() + stretch.offset, second_moment_.data() + stretch.offset, rates);
  }
}

}  // namespace amortflow
