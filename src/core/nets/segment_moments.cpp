#include "nets/segment_moments.h"

#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kMeans, kCentred, kSquares, kSds, kMeansGradient };

constexpr float kVarianceFloor = 1e-6F;

}  // namespace

void SegmentMoments::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel& in = scratch.input;
  const std::int64_t* offsets = scratch.segments->offsets.data();
  const Panel means = scratch.panel(kMeans, out.rows, in.cols);
  const Panel centred = scratch.panel(kCentred, in.rows, in.cols);
  const Panel squares = scratch.panel(kSquares, in.rows, in.cols);
  const Panel sds = scratch.panel(kSds, out.rows, in.cols);
  k.pool(Pooling::kMean, offsets, in.view(), means.view());
  k.spread(Pooling::kSum, offsets, means.view(), centred.view(), false);
  for (std::int64_t i = 0; i < in.rows * in.stride; ++i) {
    centred.values[i] = in.values[i] - centred.values[i];
    squares.values[i] = centred.values[i] * centred.values[i];
  }
  k.pool(Pooling::kMean, offsets, squares.view(), sds.view());
  for (std::int64_t s = 0; s < out.rows; ++s) {
    float* const sd = sds.values + s * sds.stride;
    for (std::int64_t j = 0; j < in.cols; ++j) sd[j] = std::sqrt(sd[j] + kVarianceFloor);
    if (!options_.joins_log_size) continue;
    const double log_size = std::log(static_cast<double>(scratch.segments->length(s)));
    out.values[s * out.stride + 2 * in.cols] = static_cast<float>(log_size - options_.log_size_center);
  }
  k.copy(means.view(), out.columns(0, in.cols), false);
  k.copy(sds.view(), out.columns(in.cols, in.cols), false);
}

void SegmentMoments::backward(const Pass&,
                              const Panel& out_gradient,
                              const Panel& in_gradient,
                              Scratch& scratch) const {
  if (in_gradient.values == nullptr) return;
  const Kernels& k = kernels();
  const std::int64_t cols = options_.width;
  const std::int64_t* offsets = scratch.segments->offsets.data();
  const Panel centred = scratch.panel(kCentred, in_gradient.rows, cols);
  const Panel by_sd = scratch.panel(kSds, out_gradient.rows, cols);
  const Panel by_mean = scratch.panel(kMeansGradient, out_gradient.rows, cols);
  k.copy(out_gradient.columns(0, cols), by_mean.view(), false);
  for (std::int64_t s = 0; s < out_gradient.rows; ++s) {
    const float* const gradient = out_gradient.values + s * out_gradient.stride + cols;
    float* const sd = by_sd.values + s * by_sd.stride;
    for (std::int64_t j = 0; j < cols; ++j) sd[j] = gradient[j] / sd[j];
  }
  k.spread(Pooling::kMean, offsets, by_sd.view(), in_gradient.view(), false);
  for (std::int64_t i = 0; i < in_gradient.rows * in_gradient.stride; ++i) in_gradient.values[i] *= centred.values[i];
  k.spread(Pooling::kMean, offsets, by_mean.view(), in_gradient.view(), true);
}

}  // namespace amortflow
