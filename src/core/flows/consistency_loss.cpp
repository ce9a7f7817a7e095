#include "flows/consistency_loss.h"

#include <cmath>

namespace amortflow {

namespace {

enum Slot : std::size_t { kDifference, kFieldGradient };
enum Child : std::size_t { kStudent, kTeacher };
enum PointSlot : std::size_t { kMixed, kCoordinates, kOut };

double number(const Panel& panel, std::int64_t i, std::int64_t j) {
  return static_cast<double>(panel.values[i * panel.stride + j]);
}

double weight_of(const Panel& noise, std::int64_t row) {
  return 1 / (std::tan(number(noise, row, 0)) - std::tan(number(noise, row, 1)));
}

}  // namespace

double ConsistencyLoss::softness() const { return 0.00054 * std::sqrt(static_cast<double>(dimension_)); }

Panel ConsistencyLoss::consistent(const Pass& pass,
                                  const Panel& z,
                                  const float* times,
                                  std::int64_t stride,
                                  Scratch& scratch) const {
  const auto time_of = [&](std::int64_t i) { return static_cast<double>(times[i * stride]); };
  const Panel coordinates = scratch.panel(kCoordinates, z.rows, kTimeCoordinates);
  for (std::int64_t i = 0; i < z.rows; ++i) {
    time_coordinates(NoisePath::kAngular, time_of(i), coordinates.values + i * coordinates.stride);
  }
  const Panel field = field_.forward(pass, z, coordinates, scratch.child(0));
  const Panel out = scratch.panel(kOut, z.rows, dimension_);
  for (std::int64_t i = 0; i < z.rows; ++i) {
    const Mix mix = mix_at(NoisePath::kAngular, time_of(i));
    for (std::int64_t j = 0; j < dimension_; ++j) {
      out.values[i * out.stride + j] =
          static_cast<float>(mix.signal * number(z, i, j) - mix.noise * number(field, i, j));
    }
  }
  return out;
}

Panel ConsistencyLoss::consistent_at(const Pass& pass, std::int64_t column, const Panel& x, Scratch& scratch) const {
  const Panel mixed = scratch.panel(kMixed, x.rows, dimension_);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const Mix mix = mix_at(NoisePath::kAngular, number(pass.noise, i, column));
    for (std::int64_t j = 0; j < dimension_; ++j) {
      mixed.values[i * mixed.stride + j] =
          static_cast<float>(mix.signal * number(x, i, j) + mix.noise * number(pass.noise, i, 2 + j));
    }
  }
  return consistent(pass, mixed, pass.noise.values + column, pass.noise.stride, scratch);
}

void ConsistencyLoss::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  Pass teaching = pass;
  teaching.gradient = nullptr;
  const Panel student = consistent_at(pass, 0, scratch.input, scratch.child(kStudent));
  const Panel teacher = consistent_at(teaching, 1, scratch.input, scratch.child(kTeacher));
  const Panel difference = scratch.panel(kDifference, out.rows, dimension_);
  const double c = softness();
  for (std::int64_t i = 0; i < out.rows; ++i) {
    double sum = c * c;
    for (std::int64_t j = 0; j < dimension_; ++j) {
      const double d = number(student, i, j) - number(teacher, i, j);
      difference.values[i * difference.stride + j] = static_cast<float>(d);
      sum += d * d;
    }
    out.values[i * out.stride] = static_cast<float>(weight_of(pass.noise, i) * (std::sqrt(sum) - c));
  }
}

void ConsistencyLoss::backward(const Pass& pass,
                               const Panel& out_gradient,
                               const Panel& in_gradient,
                               Scratch& scratch) const {
  const bool wanted = in_gradient.values != nullptr;
  const Panel difference = scratch.panel(kDifference, out_gradient.rows, dimension_);
  const Panel by_field = scratch.panel(kFieldGradient, out_gradient.rows, dimension_);
  for (std::int64_t i = 0; i < by_field.rows; ++i) {
    double sum = softness() * softness();
    for (std::int64_t j = 0; j < dimension_; ++j) sum += number(difference, i, j) * number(difference, i, j);
    const double factor = number(out_gradient, i, 0) * weight_of(pass.noise, i) / std::sqrt(sum);
    const Mix mix = mix_at(NoisePath::kAngular, number(pass.noise, i, 0));
    for (std::int64_t j = 0; j < dimension_; ++j) {
      const double g = factor * number(difference, i, j);
      by_field.values[i * by_field.stride + j] = static_cast<float>(-mix.noise * g);
      if (wanted) in_gradient.values[i * in_gradient.stride + j] = static_cast<float>(mix.signal * mix.signal * g);
    }
  }
  const Panel by_mixed = field_.backward(pass, by_field, wanted, scratch.child(kStudent).child(0));
  for (std::int64_t i = 0; wanted && i < by_field.rows; ++i) {
    const Mix mix = mix_at(NoisePath::kAngular, number(pass.noise, i, 0));
    for (std::int64_t j = 0; j < dimension_; ++j) {
      in_gradient.values[i * in_gradient.stride + j] += static_cast<float>(mix.signal * number(by_mixed, i, j));
    }
  }
}

}  // namespace amortflow
