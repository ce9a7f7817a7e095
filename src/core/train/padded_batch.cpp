#include "train/padded_batch.h"

#include <algorithm>
#include <tuple>

namespace amortflow {

namespace {

// Parts begin on 64 bytes, so that a device reads whole vectors.
constexpr std::int64_t kAlignment = 16;

std::int64_t longest_of(const Segments& segments) {
  std::int64_t longest = 1;
  for (std::int64_t i = 0; i < segments.count(); ++i) longest = std::max(longest, segments.length(i));
  return longest;
}

/// The next of 1, 1.25, 1.5 and 1.75 times a power of two; every whole number up to 8.
std::int64_t quarter_step(std::int64_t size) {
  std::int64_t step = 1;
  while (8 * step < size) step *= 2;
  return (size + step - 1) / step * step;
}

/// Rows of `from`, then its first row over and over, up to `part.rows`.
void write_rows(const Matrix<float>& from, const PackedBatch::Part& part, float* out) {
  float* to = std::copy(from.values.begin(), from.values.end(), out + part.offset);
  for (std::int64_t i = from.rows; i < part.rows; ++i) to = std::copy_n(from.row(0), from.cols, to);
}

/// One data set, its last row over and over up to `length`.
float* write_data_set(const RaggedRows<float>& from, std::int64_t i, std::int64_t length, float* to) {
  const std::int64_t first = from.segments.offsets[static_cast<std::size_t>(i)];
  const std::int64_t rows = from.segments.length(i);
  const std::int64_t cols = from.values.cols;
  if (rows == 0) return std::fill_n(to, length * cols, 0.0F);
  to = std::copy_n(from.values.row(first), rows * cols, to);
  for (std::int64_t row = rows; row < length; ++row) to = std::copy_n(from.values.row(first + rows - 1), cols, to);
  return to;
}

}  // namespace

bool PaddedShape::operator<(const PaddedShape& other) const {
  if (count != other.count) return count < other.count;
  return std::lexicographical_compare(observed.begin(), observed.end(), other.observed.begin(), other.observed.end(),
                                      [](const Observable& a, const Observable& b) {
                                        return std::tie(a.length, a.padded) < std::tie(b.length, b.padded);
                                      });
}

std::int64_t SizeBuckets::round_up(std::int64_t size) {
  if (first_ == 0) first_ = size;
  const std::int64_t rounded = quarter_step(size);
  return size <= first_ && first_ <= rounded ? first_ : rounded;
}

PaddedShape exact_shape(const TrainingBatch& batch) { return PaddedShapes().shape_of(batch); }

PaddedShape PaddedShapes::shape_of(const TrainingBatch& batch) {
  PaddedShape shape;
  shape.count = counts_.round_up(batch.count());
  lengths_.resize(batch.data.observed.size());
  for (std::size_t k = 0; k < lengths_.size(); ++k) {
    const Segments& segments = batch.data.observed[k].segments;
    const std::int64_t length = lengths_[k].round_up(longest_of(segments));
    shape.observed.push_back({length, segments.common_length() != length});
  }
  return shape;
}

PackedBatch::PackedBatch(const PaddedShape& shape, const TrainingBatch& like) : shape_(shape) {
  learning_rate_ = place(1, 1);
  weights_ = place(1, shape.count);
  parameters_ = place(shape.count, like.parameters.cols);
  context_ = place(shape.count, like.data.context.cols);
  noise_ = place(shape.count, like.noise.cols);
  for (std::size_t k = 0; k < shape.observed.size(); ++k) {
    const PaddedShape::Observable& observable = shape.observed[k];
    const Part values = place(shape.count * observable.length, like.data.observed[k].values.cols);
    observed_.push_back({values, place(1, observable.padded ? shape.count : 0)});
  }
}

PackedBatch::Part PackedBatch::place(std::int64_t rows, std::int64_t cols) {
  const Part part{floats_, rows, cols};
  floats_ += (rows * cols + kAlignment - 1) / kAlignment * kAlignment;
  return part;
}

void PackedBatch::write(const TrainingBatch& batch, double learning_rate, double weight, float* out) const {
  const std::int64_t count = batch.count();
  out[learning_rate_.offset] = static_cast<float>(learning_rate);
  std::fill_n(out + weights_.offset, count, static_cast<float>(weight));
  std::fill_n(out + weights_.offset + count, shape_.count - count, 0.0F);
  write_rows(batch.parameters, parameters_, out);
  write_rows(batch.data.context, context_, out);
  if (noise_.cols > 0) write_rows(batch.noise, noise_, out);
  for (std::size_t k = 0; k < observed_.size(); ++k) {
    const RaggedRows<float>& from = batch.data.observed[k];
    const bool has_lengths = observed_[k].lengths.cols > 0;
    float* to = out + observed_[k].values.offset;
    for (std::int64_t i = 0; i < shape_.count; ++i) {
      const std::int64_t data_set = i < count ? i : 0;
      to = write_data_set(from, data_set, shape_.observed[k].length, to);
      if (has_lengths) out[observed_[k].lengths.offset + i] = static_cast<float>(from.segments.length(data_set));
    }
  }
}

}  // namespace amortflow
