#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/errors.h"
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
  if (averages()) average_in(weights);
}

void Optimizer::average_in(const AlignedBuffer& weights) {
  if (average_.size() == 0) {
    average_ = weights;
    return;
  }
  const auto t = static_cast<double>(steps_);
  const double decay = std::min(options_.average_decay, (1 + t) / (10 + t));
  kernels().blend(weights.size(), average_.data(), weights.data(), static_cast<float>(1 - decay));
}

void Optimizer::restore(State state) {
  const std::int64_t floats = first_moment_.size();
  const bool average_fits = state.average.size() == 0 || (averages() && state.average.size() == floats);
  if (state.first_moment.size() != floats || state.second_moment.size() != floats || !average_fits) {
    throw ShapeError("the moments of an optimizer must be as long as its weights");
  }
  steps_ = state.steps;
  first_moment_ = std::move(state.first_moment);
  second_moment_ = std::move(state.second_moment);
  average_ = std::move(state.average);
}

}  // namespace amortflow
