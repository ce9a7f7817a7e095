#include "nets/convolution.h"

#include <algorithm>
#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kWindows, kSlope, kWindowsGradient };

}  // namespace

void Convolution::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t fan_in = options_.kernel_size * options_.input_width;
  const double sd = std::sqrt(2.0 / static_cast<double>(fan_in));
  const Initializer start = options_.starts_at_zero ? Initializer{} : Initializer{Initializer::Kind::kNormal, sd};
  weight_ = layout.add(prefix + ".weight", fan_in, options_.filters, start, true);
  bias_ = layout.add(prefix + ".bias", 1, options_.filters, {}, false);
}

const Segments& Convolution::output_segments(const Segments& input, Segments& own) const {
  if (options_.stride == 1) return input;
  own.offsets.resize(input.offsets.size());
  std::int64_t end = 0;
  std::int64_t input_end = 0;
  for (std::size_t i = 0; i < input.offsets.size(); ++i) {  // `own` may be `input`
    const std::int64_t length = input.offsets[i] - input_end;
    input_end = input.offsets[i];
    end += (length + options_.stride - 1) / options_.stride;
    own.offsets[i] = end;
  }
  return own;
}

/// visit(row, place, source): in the window of output `row`, position `place` is row `source`, or -1 beyond the data
/// set.
template <class Visit>
void Convolution::visit_windows(const Scratch& scratch, const Visit& visit) const {
  const std::int64_t before = (options_.kernel_size - 1) / 2;
  std::int64_t row = 0;
  for (std::int64_t i = 0; i < scratch.segments->count(); ++i) {
    const std::int64_t first = scratch.segments->offsets[static_cast<std::size_t>(i)];
    const std::int64_t end = first + scratch.segments->length(i);
    for (std::int64_t center = first; center < end; center += options_.stride, ++row) {
      for (std::int64_t place = 0; place < options_.kernel_size; ++place) {
        const std::int64_t source = center - before + place;
        visit(row, place, source >= first && source < end ? source : -1);
      }
    }
  }
}

void Convolution::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = options_.input_width;
  const Panel windows = scratch.panel(kWindows, out.rows, options_.kernel_size * width);
  visit_windows(scratch, [&](std::int64_t row, std::int64_t place, std::int64_t source) {
    float* to = windows.values + row * windows.stride + place * width;
    if (source < 0) {
      std::fill_n(to, width, 0.0F);
    } else {
      std::copy_n(scratch.input.values + source * scratch.input.stride, width, to);
    }
  });
  k.multiply(windows.view(), pass.weight(weight_), out.view(), false);
  const bool wants_slope = pass.gradient != nullptr && options_.activation != Activation::kIdentity;
  const Rows slope = wants_slope ? scratch.panel(kSlope, out.rows, out.cols).view() : Rows{};
  k.activate(options_.activation, out.view(), pass.weight(bias_).data, out.view(), slope);
}

void Convolution::backward(const Pass& pass,
                           const Panel& out_gradient,
                           const Panel& in_gradient,
                           Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = options_.input_width;
  if (options_.activation == Activation::kIdentity) {
    k.add_column_sums(out_gradient.view(), pass.weight_gradient(bias_).data);
  } else {
    const Panel slope = scratch.panel(kSlope, out_gradient.rows, out_gradient.cols);
    k.activate_backward(slope.view(), out_gradient.view(), pass.weight_gradient(bias_).data);
  }
  const Panel windows = scratch.panel(kWindows, out_gradient.rows, options_.kernel_size * width);
  k.multiply_transposed(windows.view(), out_gradient.view(), pass.weight_gradient(weight_), true);
  if (in_gradient.values == nullptr) return;
  const ConstRows mirror = pass.mirror(weight_);
  const Panel gradient = scratch.panel(kWindowsGradient, out_gradient.rows, mirror.cols);
  k.multiply(out_gradient.view(), mirror, gradient.view(), false);
  std::fill_n(in_gradient.values, in_gradient.rows * in_gradient.stride, 0.0F);
  visit_windows(scratch, [&](std::int64_t row, std::int64_t place, std::int64_t source) {
    if (source < 0) return;
    const float* from = gradient.values + row * gradient.stride + place * width;
    float* to = in_gradient.values + source * in_gradient.stride;
    for (std::int64_t j = 0; j < width; ++j) to[j] += from[j];
  });
}

}  // namespace amortflow
