#include "train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "base/errors.h"
#include "kernels/dispatch.h"
#include "nets/weight_mirrors.h"

namespace amortflow {

namespace {

// What one thread updates at a time: small enough to share out, large enough to pay for it.
constexpr std::int64_t kTaskFloats = 16384;
constexpr std::int64_t kPieceRows = 16;  // of which pieces have a multiple, so that mirrors are written in whole lines

}  // namespace

Optimizer::Optimizer(const ParameterLayout& layout, const OptimizerOptions& options)
    : options_(options), first_moment_(layout.floats()), second_moment_(layout.floats()) {
  std::int64_t floats = kTaskFloats;
  for (std::size_t e = 0; e < layout.entries().size(); ++e) {
    const ParameterEntry& entry = layout.entries()[e];
    const std::int64_t rows = std::max(kPieceRows, kTaskFloats / entry.stride / kPieceRows * kPieceRows);
    for (std::int64_t begin = 0; begin < entry.rows; begin += rows) {
      const std::int64_t end = std::min(entry.rows, begin + rows);
      if (floats + (end - begin) * entry.stride > kTaskFloats) {
        tasks_.emplace_back();
        floats = 0;
      }
      tasks_.back().push_back({static_cast<std::int64_t>(e), begin, end});
      floats += (end - begin) * entry.stride;
    }
  }
}

AdamwRates Optimizer::next_rates(double gradient_norm, double learning_rate) {
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
  return rates;
}

/// Share of the new weights in their average; the first are the average.
float Optimizer::next_blend() const {
  if (average_.size() == 0) return 1;
  const auto t = static_cast<double>(steps_);
  return static_cast<float>(1 - std::min(options_.average_decay, (1 + t) / (10 + t)));
}

void Optimizer::update(const Piece& piece,
                       ParameterStore& weights,
                       float* values,
                       const AlignedBuffer& gradient,
                       AdamwRates rates,
                       float blend) {
  const ParameterEntry& entry = weights.layout()[piece.entry];
  const std::int64_t offset = entry.offset + piece.begin * entry.stride;
  const std::int64_t floats = (piece.end - piece.begin) * entry.stride;
  rates.weight_decay = entry.decays ? static_cast<float>(options_.weight_decay) : 0.0F;
  kernels().adamw_step(floats, values + offset, gradient.data() + offset, first_moment_.data() + offset,
                       second_moment_.data() + offset, rates);
  if (averages()) kernels().blend(floats, average_.data() + offset, values + offset, blend);
  if (entry.decays) mirror_rows(weights, piece.entry, piece.begin, piece.end);
}

void Optimizer::step(ParameterStore& weights,
                     const AlignedBuffer& gradient,
                     double gradient_norm,
                     double learning_rate,
                     ThreadPool& pool) {
  const AdamwRates rates = next_rates(gradient_norm, learning_rate);
  const float blend = next_blend();
  if (averages() && average_.size() == 0) average_ = AlignedBuffer(gradient.size());
  float* const values = weights.values().data();
  const auto task = [&](std::int64_t i) {
    for (const Piece& piece : tasks_[static_cast<std::size_t>(i)]) {
      update(piece, weights, values, gradient, rates, blend);
    }
  };
  pool.run(static_cast<std::int64_t>(tasks_.size()), std::ref(task));
  weights.set_mirrors_current();
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
