#include "nets/position_features.h"

#include <algorithm>
#include <cmath>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kWaves };
enum IndexSlot : std::size_t { kKnownPositions };

}  // namespace

/// [longest series so far, 2 frequencies]: the waves of each position, worked out once.
Panel PositionFeatures::waves(Scratch& scratch) const {
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < scratch.segments->count(); ++i) longest = std::max(longest, scratch.segments->length(i));
  std::vector<std::int64_t>& known = scratch.indices(kKnownPositions);
  if (known.empty()) known.push_back(0);
  const Panel table = scratch.panel(kWaves, std::max(longest, known.front()), 2 * frequencies_);
  if (longest <= known.front()) return table;
  for (std::int64_t t = 0; t < longest; ++t) {
    float* row = table.values + t * table.stride;
    for (std::int64_t k = 0; k < frequencies_; ++k) {
      const double share = static_cast<double>(k) / static_cast<double>(frequencies_);
      const double angle = static_cast<double>(t) * std::pow(kLongestWave, -share);
      row[k] = static_cast<float>(std::sin(angle));
      row[frequencies_ + k] = static_cast<float>(std::cos(angle));
    }
  }
  known.front() = longest;
  return table;
}

void PositionFeatures::forward(const Pass&, const Panel& out, Scratch& scratch) const {
  const Panel table = waves(scratch);
  kernels().copy(scratch.input.view(), out.columns(0, width_), false);
  for (std::int64_t i = 0; i < scratch.segments->count(); ++i) {
    const std::int64_t length = scratch.segments->length(i);
    float* row = out.values + scratch.segments->offsets[static_cast<std::size_t>(i)] * out.stride;
    for (std::int64_t t = 0; t < length; ++t, row += out.stride) {
      std::copy_n(table.values + t * table.stride, table.cols, row + width_);
      row[width_ + table.cols] = (2.0F * static_cast<float>(t) + 1.0F) / static_cast<float>(length) - 1.0F;
    }
  }
}

void PositionFeatures::backward(const Pass&, const Panel& out_gradient, const Panel& in_gradient, Scratch&) const {
  if (in_gradient.values == nullptr) return;
  kernels().copy(out_gradient.columns(0, width_), in_gradient.view(), false);
}

}  // namespace amortflow
