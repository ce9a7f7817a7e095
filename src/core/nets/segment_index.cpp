#include "nets/segment_index.h"

#include <algorithm>

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

namespace amortflow {

at::Tensor segment_of_row(const Segments& segments) {
  at::Tensor index = at::empty({segments.rows()}, at::kLong);
  auto* out = index.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < segments.count(); ++i) out = std::fill_n(out, segments.length(i), i);
  return index;
}

at::Tensor segment_lengths(const Segments& segments, const at::Tensor& like) {
  at::Tensor lengths = at::empty({segments.count()}, at::kDouble);
  auto* out = lengths.data_ptr<double>();
  for (std::int64_t i = 0; i < segments.count(); ++i) out[i] = static_cast<double>(segments.length(i));
  return lengths.to(like.options());
}

at::Tensor padded_rows(const Segments& segments) {
  std::int64_t longest = 0;
  for (std::int64_t i = 0; i < segments.count(); ++i) longest = std::max(longest, segments.length(i));
  at::Tensor index = at::full({segments.count(), longest}, segments.rows(), at::kLong);
  auto* out = index.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
    for (std::int64_t t = 0; t < segments.length(i); ++t) out[i * longest + t] = first + t;
  }
  return index;
}

at::Tensor neighbour_rows(const Segments& segments, std::int64_t width, std::int64_t before) {
  at::Tensor index = at::full({segments.rows(), width}, segments.rows(), at::kLong);
  auto* out = index.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < segments.count(); ++i) {
    const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
    const std::int64_t end = first + segments.length(i);
    for (std::int64_t row = first; row < end; ++row) {
      const std::int64_t from = std::max(first, row - before);
      const std::int64_t to = std::min(end, row - before + width);
      for (std::int64_t near = from; near < to; ++near) out[row * width + near - (row - before)] = near;
    }
  }
  return index;
}

at::Tensor segment_mean(const at::Tensor& values, const Segments& segments) {
  const std::int64_t length = segments.common_length();
  if (length > 0) return values.view({segments.count(), length, values.size(1)}).mean(1);
  const at::Tensor sums = at::zeros({segments.count(), values.size(1)}, values.options());
  return sums.index_add(0, segment_of_row(segments), values) / segment_lengths(segments, values).unsqueeze(1);
}

}  // namespace amortflow
