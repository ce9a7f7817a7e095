#include "base/batch.h"

#include <string>

#include "base/errors.h"

namespace amortflow {

Segments Segments::uniform(std::int64_t count, std::int64_t length) {
  Segments segments;
  segments.assign_uniform(count, length);
  return segments;
}

void Segments::assign_uniform(std::int64_t count, std::int64_t length) {
  if (count < 0 || length < 0) throw ShapeError("Counts and lengths of data sets must not be negative.");
  offsets.resize(static_cast<std::size_t>(count + 1));
  for (std::int64_t i = 0; i <= count; ++i) offsets[static_cast<std::size_t>(i)] = i * length;
}

Segments Segments::of_lengths(const std::vector<std::int64_t>& lengths) {
  Segments segments;
  segments.offsets.reserve(lengths.size() + 1);
  for (const auto length : lengths) {
    if (length < 0) throw ShapeError("Lengths of data sets must not be negative, not " + std::to_string(length) + ".");
    segments.offsets.push_back(segments.offsets.back() + length);
  }
  return segments;
}

std::int64_t Segments::common_length() const {
  if (count() == 0) return -1;
  const auto first = length(0);
  for (std::int64_t i = 1; i < count(); ++i) {
    if (length(i) != first) return -1;
  }
  return first;
}

Segments Segments::slice(std::int64_t begin, std::int64_t end) const {
  Segments part;
  part.assign_slice(*this, begin, end);
  return part;
}

void Segments::assign_slice(const Segments& from, std::int64_t begin, std::int64_t end) {
  if (begin < 0 || end < begin || end > from.count()) {
    throw ShapeError("Data sets [" + std::to_string(begin) + ", " + std::to_string(end) + ") are not among the " +
                     std::to_string(from.count()) + " given.");
  }
  offsets.resize(static_cast<std::size_t>(end - begin + 1));
  const auto first = from.offsets[static_cast<std::size_t>(begin)];
  for (std::int64_t i = begin; i <= end; ++i) {
    offsets[static_cast<std::size_t>(i - begin)] = from.offsets[static_cast<std::size_t>(i)] - first;
  }
}

Batch slice(const Batch& batch, std::int64_t begin, std::int64_t end) {
  return {slice(batch.observed, begin, end), slice(batch.context, begin, end)};
}

}  // namespace amortflow
