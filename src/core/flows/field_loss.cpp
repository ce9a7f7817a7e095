#include "flows/field_loss.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kMixed, kCoordinates, kResidual, kFieldGradient };

}  // namespace

void FieldLoss::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel mixed = scratch.panel(kMixed, out.rows, dimension_);
  const Panel coordinates = scratch.panel(kCoordinates, out.rows, kTimeCoordinates);
  const Panel residual = scratch.panel(kResidual, out.rows, dimension_);
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const float* x = scratch.input.values + i * scratch.input.stride;
    const float* noise = pass.noise.values + i * pass.noise.stride;
    const auto time = static_cast<double>(noise[0]);
    const Mix mix = mix_at(path_, time);
    time_coordinates(path_, time, coordinates.values + i * coordinates.stride);
    for (std::int64_t j = 0; j < dimension_; ++j) {
      const auto n = static_cast<double>(noise[1 + j]);
      const auto value = static_cast<double>(x[j]);
      mixed.values[i * mixed.stride + j] = static_cast<float>(mix.signal * value + mix.noise * n);
      residual.values[i * residual.stride + j] = -static_cast<float>(mix.signal_rate * value + mix.noise_rate * n);
    }
  }
  const Panel field = field_.forward(pass, mixed, coordinates, scratch.child(0));
  for (std::int64_t i = 0; i < out.rows; ++i) {
    float* of_row = residual.values + i * residual.stride;
    double sum = 0;
    for (std::int64_t j = 0; j < dimension_; ++j) {
      of_row[j] += field.values[i * field.stride + j];
      sum += static_cast<double>(of_row[j]) * static_cast<double>(of_row[j]);
    }
    out.values[i * out.stride] = static_cast<float>(sum / static_cast<double>(dimension_));
  }
}

void FieldLoss::backward(const Pass& pass,
                         const Panel& out_gradient,
                         const Panel& in_gradient,
                         Scratch& scratch) const {
  const Panel residual = scratch.panel(kResidual, out_gradient.rows, dimension_);
  const Panel by_field = scratch.panel(kFieldGradient, out_gradient.rows, dimension_);
  const bool wanted = in_gradient.values != nullptr;
  for (std::int64_t i = 0; i < by_field.rows; ++i) {
    const float factor = 2 * out_gradient.values[i * out_gradient.stride] / static_cast<float>(dimension_);
    const Mix mix = mix_at(path_, static_cast<double>(pass.noise.values[i * pass.noise.stride]));
    for (std::int64_t j = 0; j < dimension_; ++j) {
      const float g = factor * residual.values[i * residual.stride + j];
      by_field.values[i * by_field.stride + j] = g;
      if (wanted) in_gradient.values[i * in_gradient.stride + j] = -static_cast<float>(mix.signal_rate) * g;
    }
  }
  const Panel by_mixed = field_.backward(pass, by_field, wanted, scratch.child(0));
  for (std::int64_t i = 0; wanted && i < by_field.rows; ++i) {
    const Mix mix = mix_at(path_, static_cast<double>(pass.noise.values[i * pass.noise.stride]));
    for (std::int64_t j = 0; j < dimension_; ++j) {
      in_gradient.values[i * in_gradient.stride + j] +=
          static_cast<float>(mix.signal) * by_mixed.values[i * by_mixed.stride + j];
    }
  }
}

}  // namespace amortflow
