#include "nets/segment_pool.h"

#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kMeans, kMeansGradient };

}  // namespace

void SegmentMean::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel means = scratch.panel(kMeans, out.rows, width_);
  k.pool(Pooling::kMean, scratch.segments->offsets.data(), scratch.input.view(), means.view());
  k.copy(means.view(), out.columns(0, width_), false);
  for (std::int64_t i = 0; i < out.rows; ++i) {
    const double log_size = std::log(static_cast<double>(scratch.segments->length(i)));
    out.values[i * out.stride + width_] = static_cast<float>(log_size - log_size_center_);
  }
}

void SegmentMean::backward(const Pass&, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  if (in_gradient.values == nullptr) return;
  const Kernels& k = kernels();
  const Panel gradient = scratch.panel(kMeansGradient, out_gradient.rows, width_);
  k.copy(out_gradient.columns(0, width_), gradient.view(), false);
  k.spread(Pooling::kMean, scratch.segments->offsets.data(), gradient.view(), in_gradient.view(), false);
}

}  // namespace amortflow
