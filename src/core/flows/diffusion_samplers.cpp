#include "flows/diffusion_samplers.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "flows/noise_levels.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

// As in path_field.cpp: those before belong to the loss.
enum Child : std::size_t { kSampler = 4, kField = 5 };
enum OwnSlot : std::size_t { kDraws = 4 };
enum Slot : std::size_t { kMixed, kRates, kExpected, kSlope, kSecond, kAhead };

constexpr std::int64_t kRowsAtOnce = 128;

/// Rows of points x + level * noise, and what the network expects x to be.
class Denoiser final {
 public:
  Denoiser(const FieldLoss& loss, const Pass& pass, Scratch& field_scratch, Scratch& scratch)
      : field_(loss, pass, field_scratch), scratch_(scratch) {}

  /// Points are rows [first, first + points.rows) of all.
  void operator()(const Panel& points, std::int64_t first, double level, const Panel& expected) {
    const double time = angle_of(level);
    const auto cosine = static_cast<float>(std::cos(time));
    const auto sine = static_cast<float>(std::sin(time));
    const Panel mixed = scratch_.panel(kMixed, points.rows, points.cols);
    const Panel rates = scratch_.panel(kRates, points.rows, points.cols);
    for (std::int64_t i = 0; i < points.rows; ++i) {
      for (std::int64_t j = 0; j < points.cols; ++j) {
        mixed.values[i * mixed.stride + j] = cosine * points.values[i * points.stride + j];
      }
    }
    rows_.resize(static_cast<std::size_t>(points.rows));
    std::iota(rows_.begin(), rows_.end(), first);
    times_.assign(rows_.size(), time);
    field_.evaluate(rows_.data(), times_.data(), mixed, rates);
    for (std::int64_t i = 0; i < points.rows; ++i) {
      for (std::int64_t j = 0; j < points.cols; ++j) {
        expected.values[i * expected.stride + j] =
            cosine * mixed.values[i * mixed.stride + j] - sine * rates.values[i * rates.stride + j];
      }
    }
  }

 private:
  PathField field_;
  Scratch& scratch_;
  std::vector<std::int64_t> rows_;
  std::vector<double> times_;
};

/// to = a x + b y, where to may be x or y.
void combine(double a, const Panel& x, double b, const Panel& y, const Panel& to) {
  for (std::int64_t i = 0; i < to.rows; ++i) {
    for (std::int64_t j = 0; j < to.cols; ++j) {
      to.values[i * to.stride + j] = static_cast<float>(a * static_cast<double>(x.values[i * x.stride + j]) +
                                                        b * static_cast<double>(y.values[i * y.stride + j]));
    }
  }
}

Panel rows_of(const Panel& panel, std::int64_t begin, std::int64_t count) {
  return {panel.values + begin * panel.stride, count, panel.cols, panel.stride};
}

void heun_rows(Denoiser& denoise, const Panel& x, std::int64_t first, std::int64_t steps, Scratch& scratch) {
  const Panel expected = scratch.panel(kExpected, x.rows, x.cols);
  const Panel slope = scratch.panel(kSlope, x.rows, x.cols);
  const Panel second = scratch.panel(kSecond, x.rows, x.cols);
  const Panel ahead = scratch.panel(kAhead, x.rows, x.cols);
  for (std::int64_t k = 0; k < steps; ++k) {
    const double level = grid_level(k, steps);
    const double next = grid_level(k + 1, steps);
    denoise(x, first, level, expected);
    combine(1 / level, x, -1 / level, expected, slope);
    if (next == 0) {
      combine(1, x, next - level, slope, x);
      continue;
    }
    combine(1, x, next - level, slope, ahead);
    denoise(ahead, first, next, expected);
    combine(1 / next, ahead, -1 / next, expected, second);
    combine(0.5, slope, 0.5, second, slope);
    combine(1, x, next - level, slope, x);
  }
}

void stochastic_rows(Denoiser& denoise,
                     const Panel& x,
                     const Panel& noise,
                     std::int64_t first,
                     std::int64_t steps,
                     Scratch& scratch) {
  const Panel expected = scratch.panel(kExpected, x.rows, x.cols);
  for (std::int64_t k = 0; k < steps; ++k) {
    const double level = grid_level(k, steps);
    const double next = grid_level(k + 1, steps);
    const double kept = next * next / (level * level);
    denoise(x, first, level, expected);
    combine(kept, x, 1 - kept, expected, x);
    if (next == 0) continue;
    const Panel added{noise.values + first * noise.stride + (k + 1) * x.cols, x.rows, x.cols, noise.stride};
    combine(1, x, std::sqrt(kept * (level * level - next * next)), added, x);
  }
}

}  // namespace

Panel heun_draw(const FieldLoss& loss, const Pass& pass, const Panel& noise, std::int64_t steps, Scratch& scratch) {
  const Panel draws = scratch.panel(kDraws, noise.rows, noise.cols);
  combine(kMostNoise, noise, 0, noise, draws);
  Denoiser denoise(loss, pass, scratch.child(kField), scratch.child(kSampler));
  for (std::int64_t first = 0; first < draws.rows; first += kRowsAtOnce) {
    const Panel rows = rows_of(draws, first, std::min(kRowsAtOnce, draws.rows - first));
    heun_rows(denoise, rows, first, steps, scratch.child(kSampler));
  }
  return draws;
}

Panel stochastic_draw(const FieldLoss& loss,
                      const Pass& pass,
                      const Panel& noise,
                      std::int64_t dimension,
                      std::int64_t steps,
                      Scratch& scratch) {
  const Panel draws = scratch.panel(kDraws, noise.rows, dimension);
  combine(kMostNoise, noise, 0, noise, draws);
  Denoiser denoise(loss, pass, scratch.child(kField), scratch.child(kSampler));
  for (std::int64_t first = 0; first < draws.rows; first += kRowsAtOnce) {
    const Panel rows = rows_of(draws, first, std::min(kRowsAtOnce, draws.rows - first));
    stochastic_rows(denoise, rows, noise, first, steps, scratch.child(kSampler));
  }
  return draws;
}

}  // namespace amortflow
