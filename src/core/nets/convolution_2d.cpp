#include "nets/convolution_2d.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kWindows, kSlope, kWindowsGradient };

// Windows that are laid out together: enough to keep products busy, few enough for the cache.
constexpr std::int64_t kWindowsAtOnce = 256;

Panel rows_of(const Panel& panel, std::int64_t begin, std::int64_t end) {
  return {panel.values + begin * panel.stride, end - begin, panel.cols, panel.stride};
}

}  // namespace

void Convolution2d::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t fan_in = options_.kernel_size * options_.kernel_size * options_.input_width;
  const double sd = std::sqrt(2.0 / static_cast<double>(fan_in));
  const Initializer start = options_.starts_at_zero ? Initializer{} : Initializer{Initializer::Kind::kNormal, sd};
  weight_ = layout.add(prefix + ".weight", fan_in, options_.filters, start, true);
  bias_ = layout.add(prefix + ".bias", 1, options_.filters, {}, false);
}

const Segments& Convolution2d::output_segments(const Segments& input, Segments& own) const {
  if (input.count() > 0 && input.common_length() != places()) {
    throw ShapeError("data sets must be grids of " + std::to_string(options_.height) + " x " +
                     std::to_string(options_.width) + ", as in training");
  }
  own.assign_uniform(input.count(), output_places());
  return own;
}

std::int64_t Convolution2d::data_sets_at_once() const {
  return std::max<std::int64_t>(1, kWindowsAtOnce / output_places());
}

/// visit(row, place, source): in the window of `row` of a data set's output, position `place` is its row `source`, or
/// -1 beyond the edges.
template <class Visit>
void Convolution2d::visit_windows(const Visit& visit) const {
  const std::int64_t before = (options_.kernel_size - 1) / 2;
  std::int64_t row = 0;
  for (std::int64_t y = -before; y + before < options_.height; y += options_.stride) {
    for (std::int64_t x = -before; x + before < options_.width; x += options_.stride) {
      std::int64_t place = 0;
      for (std::int64_t i = y; i < y + options_.kernel_size; ++i) {
        const bool inside = i >= 0 && i < options_.height;
        for (std::int64_t j = x; j < x + options_.kernel_size; ++j) {
          visit(row, place++, inside && j >= 0 && j < options_.width ? i * options_.width + j : -1);
        }
      }
      ++row;
    }
  }
}

void Convolution2d::gather(const Panel& input, std::int64_t begin, const Panel& windows) const {
  const std::int64_t channels = options_.input_width;
  for (std::int64_t first = 0; first < windows.rows; first += output_places()) {
    const float* const from = input.values + (begin + first / output_places()) * places() * input.stride;
    float* const to = windows.values + first * windows.stride;
    visit_windows([&](std::int64_t row, std::int64_t place, std::int64_t source) {
      float* const at = to + row * windows.stride + place * channels;
      if (source < 0) {
        std::fill_n(at, channels, 0.0F);
      } else {
        std::copy_n(from + source * input.stride, channels, at);
      }
    });
  }
}

void Convolution2d::scatter(const Panel& windows_gradient, std::int64_t begin, const Panel& in_gradient) const {
  const std::int64_t channels = options_.input_width;
  for (std::int64_t first = 0; first < windows_gradient.rows; first += output_places()) {
    const float* const from = windows_gradient.values + first * windows_gradient.stride;
    float* const to = in_gradient.values + (begin + first / output_places()) * places() * in_gradient.stride;
    visit_windows([&](std::int64_t row, std::int64_t place, std::int64_t source) {
      if (source < 0) return;
      const float* const gradient = from + row * windows_gradient.stride + place * channels;
      float* const at = to + source * in_gradient.stride;
      for (std::int64_t j = 0; j < channels; ++j) at[j] += gradient[j];
    });
  }
}

void Convolution2d::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const ConstRows weight = pass.weight(weight_);
  for (std::int64_t begin = 0; begin < scratch.segments->count(); begin += data_sets_at_once()) {
    const std::int64_t end = std::min(begin + data_sets_at_once(), scratch.segments->count());
    const Panel windows = scratch.panel(kWindows, (end - begin) * output_places(), weight.rows);
    gather(scratch.input, begin, windows);
    k.multiply(windows.view(), weight, rows_of(out, begin * output_places(), end * output_places()).view(), false);
  }
  const bool wants_slope = pass.gradient != nullptr && options_.activation != Activation::kIdentity;
  const Rows slope = wants_slope ? scratch.panel(kSlope, out.rows, out.cols).view() : Rows{};
  k.activate(options_.activation, out.view(), pass.weight(bias_).data, out.view(), slope);
}

void Convolution2d::backward(const Pass& pass,
                             const Panel& out_gradient,
                             const Panel& in_gradient,
                             Scratch& scratch) const {
  const Kernels& k = kernels();
  if (options_.activation == Activation::kIdentity) {
    k.add_column_sums(out_gradient.view(), pass.weight_gradient(bias_).data);
  } else {
    const Panel slope = scratch.panel(kSlope, out_gradient.rows, out_gradient.cols);
    k.activate_backward(slope.view(), out_gradient.view(), pass.weight_gradient(bias_).data);
  }
  const ConstRows mirror = pass.mirror(weight_);
  const bool wants_input = in_gradient.values != nullptr;
  if (wants_input) std::fill_n(in_gradient.values, in_gradient.rows * in_gradient.stride, 0.0F);
  for (std::int64_t begin = 0; begin < scratch.segments->count(); begin += data_sets_at_once()) {
    const std::int64_t end = std::min(begin + data_sets_at_once(), scratch.segments->count());
    const Panel gradient = rows_of(out_gradient, begin * output_places(), end * output_places());
    const Panel windows = scratch.panel(kWindows, gradient.rows, mirror.cols);
    gather(scratch.input, begin, windows);
    k.multiply_transposed(windows.view(), gradient.view(), pass.weight_gradient(weight_), true);
    if (!wants_input) continue;
    const Panel windows_gradient = scratch.panel(kWindowsGradient, gradient.rows, mirror.cols);
    k.multiply(gradient.view(), mirror, windows_gradient.view(), false);
    scatter(windows_gradient, begin, in_gradient);
  }
}

}  // namespace amortflow
