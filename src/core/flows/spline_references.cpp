// The reference form of splines: their definition in LibTorch's operations.

#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/full.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>

#include "flows/spline_transform.h"
#include "nets/layer_state.h"

namespace amortflow {

namespace {

/// Where bins begin and how long they are, [..., bins], along one axis.
struct Axis {
  at::Tensor begin;
  at::Tensor size;
};

Axis axis_of(const SplineShape& shape, const at::Tensor& raw, float least_share) {
  const double bound = static_cast<double>(shape.bound);
  const double least = static_cast<double>(least_share);
  const at::Tensor share = least + (1 - static_cast<double>(shape.bins) * least) * at::softmax(raw, -1);
  const at::Tensor size = 2 * bound * share;
  return {at::cumsum(size, -1) - size - bound, size};
}

at::Tensor picked(const at::Tensor& from, const at::Tensor& bin) {
  return at::gather(from, -1, bin.unsqueeze(-1)).squeeze(-1);
}

/// Splines of [rows, variables] in the bins that their places fall in; a and b are the slopes at the bin's ends by its
/// own slope s.
struct Splines {
  Splines(const SplineShape& shape, const at::Tensor& raw, const at::Tensor& place, bool by_height) {
    const Axis x = axis_of(shape, raw.narrow(-1, 0, shape.bins), shape.least_width);
    const Axis y = axis_of(shape, raw.narrow(-1, shape.bins, shape.bins), shape.least_height);
    const at::Tensor knots = (by_height ? y : x).begin.narrow(-1, 1, shape.bins - 1);
    const at::Tensor bin = (place.unsqueeze(-1) >= knots).sum(-1);
    const at::Tensor inner =
        at::softplus(raw.narrow(-1, 2 * shape.bins, shape.bins - 1) + static_cast<double>(shape.slope_offset)) +
        static_cast<double>(shape.least_slope);
    const at::Tensor end = at::ones({raw.size(0), raw.size(1), 1}, raw.options().requires_grad(false));
    const at::Tensor slopes = at::cat({end, inner, end}, -1);
    left = picked(x.begin, bin);
    width = picked(x.size, bin);
    bottom = picked(y.begin, bin);
    height = picked(y.size, bin);
    s = height / width;
    a = picked(slopes, bin) / s;
    b = picked(slopes, bin + 1) / s;
  }

  [[nodiscard]] at::Tensor value(const at::Tensor& theta) const {
    const at::Tensor q = theta * (1 - theta);
    return bottom + height * (theta * theta + a * q) / (1 + (a + b - 2) * q);
  }
  [[nodiscard]] at::Tensor log_slope(const at::Tensor& theta) const {
    const at::Tensor q = theta * (1 - theta);
    const at::Tensor rising = b * theta * theta + 2 * q + a * (1 - theta) * (1 - theta);
    return at::log(s * rising) - 2 * at::log(1 + (a + b - 2) * q);
  }
  /// theta where the spline has the share `share` of its bin's height.
  [[nodiscard]] at::Tensor root(const at::Tensor& share) const {
    const at::Tensor m = a * (1 - share) - b * share;
    const at::Tensor half = m + 2 * share;
    const at::Tensor d = at::sqrt(m * m + 4 * share * (1 - share));
    return at::where(half >= 0, 2 * share / (half + d), (d - half) / (2 - 2 * half));
  }

  at::Tensor left, width, bottom, height, s, a, b;
};

}  // namespace

at::Tensor SplineTransform::of_splines(const at::Tensor& raw, std::int64_t variables) const {
  return raw.narrow(1, affine_.numbers() * variables, spline_numbers() * variables)
      .reshape({raw.size(0), variables, spline_numbers()});
}

LayerState SplineTransform::reference(LayerState state, const at::Tensor& raw) const {
  state = affine_.reference(std::move(state), raw);
  const at::Tensor x = state.values;
  const double bound = static_cast<double>(shape_.bound);
  const at::Tensor place = at::clamp(x, -bound, bound);
  const Splines splines(shape_, of_splines(raw, x.size(1)), place, false);
  const at::Tensor theta = at::clamp((place - splines.left) / splines.width, 0, 1);
  const at::Tensor within = x.abs() < bound;
  state.values = at::where(within, splines.value(theta), x);
  const at::Tensor log_slopes = splines.log_slope(theta);
  state.log_det = state.log_det + at::where(within, log_slopes, at::zeros_like(log_slopes)).sum(1);
  return state;
}

LayerState SplineTransform::inverse(LayerState state, const at::Tensor& raw) const {
  const at::Tensor y = state.values;
  const double bound = static_cast<double>(shape_.bound);
  const at::Tensor place = at::clamp(y, -bound, bound);
  const Splines splines(shape_, of_splines(raw, y.size(1)), place, true);
  const at::Tensor theta = splines.root(at::clamp((place - splines.bottom) / splines.height, 0, 1));
  state.values = at::where(y.abs() < bound, splines.left + splines.width * theta, y);
  return affine_.inverse(std::move(state), raw);
}

}  // namespace amortflow
