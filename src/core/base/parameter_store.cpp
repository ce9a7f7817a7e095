#include "base/parameter_store.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "base/errors.h"
#include "base/random.h"

namespace amortflow {

namespace {

constexpr std::int64_t kVector = 16;  // floats in 64 bytes: a cache line, and the widest vector register
constexpr std::align_val_t kAlignment{64};

std::int64_t padded(std::int64_t count) { return (count + kVector - 1) / kVector * kVector; }

using Vectors = std::vector<std::vector<double>>;

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// Takes out of `v` what lies along the `count` first of `basis`, twice: once leaves rounding errors behind
/// (Giraud, Langou and Rozloznik, 2005, "twice is enough").
void project_out(std::vector<double>& v, const Vectors& basis, std::size_t count) {
  for (int pass = 0; pass < 2; ++pass) {
    for (std::size_t j = 0; j < count; ++j) {
      const double along = dot(v, basis[j]);
      for (std::size_t i = 0; i < v.size(); ++i) v[i] -= along * basis[j][i];
    }
  }
}

/// `count` orthonormal vectors of length `length` >= `count`, uniformly distributed (Gram-Schmidt on normal draws).
Vectors orthonormal(std::size_t count, std::size_t length, rng& random) {
  constexpr double kDegenerate = 1e-6;  // relative to the norm before: nearly dependent draws are drawn again
  Vectors basis(count, std::vector<double>(length));
  for (std::size_t k = 0; k < count; ++k) {
    auto& v = basis[k];
    double before = 0;
    double after = 0;
    do {
      for (auto& value : v) value = random.normal();
      before = std::sqrt(dot(v, v));
      project_out(v, basis, k);
      after = std::sqrt(dot(v, v));
    } while (!(after > kDegenerate * before) || after == 0);
    for (auto& value : v) value /= after;
  }
  return basis;
}

void fill_orthogonal(const ParameterEntry& entry, rng& random, float* at) {
  const bool tall = entry.rows > entry.cols;
  const auto count = static_cast<std::size_t>(tall ? entry.cols : entry.rows);
  const auto length = static_cast<std::size_t>(tall ? entry.rows : entry.cols);
  const auto basis = orthonormal(count, length, random);
  for (std::int64_t i = 0; i < entry.rows; ++i) {
    for (std::int64_t j = 0; j < entry.cols; ++j) {
      const auto vector = static_cast<std::size_t>(tall ? j : i);
      const auto element = static_cast<std::size_t>(tall ? i : j);
      at[i * entry.stride + j] = static_cast<float>(entry.initializer.scale * basis[vector][element]);
    }
  }
}

double drawn(const Initializer& initializer, rng& random) {
  switch (initializer.kind) {
    case Initializer::Kind::kNormal: return initializer.scale * random.normal();
    case Initializer::Kind::kUniform: return initializer.scale * (2 * random.uniform() - 1);
    default: return initializer.scale;
  }
}

}  // namespace

std::int64_t ParameterLayout::add(const std::string& name,
                                  std::int64_t rows,
                                  std::int64_t cols,
                                  Initializer initializer,
                                  bool decays) {
  constexpr std::int64_t kMost = std::int64_t{1} << 40;  // floats: 4 TiB
  if (rows < 1 || cols < 1 || rows > kMost || padded(cols) > kMost / rows || floats_ > kMost - rows * padded(cols)) {
    throw ShapeError("Parameter `" + name + "` cannot be " + std::to_string(rows) + " x " + std::to_string(cols) + ".");
  }
  const auto same_name = [&](const ParameterEntry& entry) { return entry.name == name; };
  if (std::any_of(entries_.begin(), entries_.end(), same_name)) {
    throw ConfigError("There are two parameters of the name `" + name + "`.");
  }
  ParameterEntry entry;
  entry.name = name;
  entry.rows = rows;
  entry.cols = cols;
  entry.stride = padded(cols);
  entry.offset = floats_;
  entry.initializer = initializer;
  entry.decays = decays;
  floats_ += rows * entry.stride;
  if (decays) {
    entry.mirror_offset = mirror_floats_;
    entry.mirror_stride = padded(rows);
    mirror_floats_ += cols * entry.mirror_stride;
  }
  entries_.push_back(std::move(entry));
  return static_cast<std::int64_t>(entries_.size()) - 1;
}

void ParameterEntry::write_zeros(float* first) const {
  for (const FixedZeros& run : zeros)
    std::fill(first + run.row * stride + run.begin, first + run.row * stride + run.end, 0.0F);
}

void ParameterLayout::fix_zeros(std::int64_t entry, std::vector<FixedZeros> zeros) {
  ParameterEntry& masked = entries_[static_cast<std::size_t>(entry)];
  for (const FixedZeros& run : zeros) {
    if (run.row >= 0 && run.row < masked.rows && run.begin >= 0 && run.begin <= run.end && run.end <= masked.cols)
      continue;
    throw ShapeError("The mask of parameter `" + masked.name + "` does not fit its shape.");
  }
  masked.zeros = std::move(zeros);
}

std::int64_t ParameterLayout::parameters() const {
  std::int64_t count = 0;
  for (const auto& entry : entries_) {
    count += entry.rows * entry.cols;
    for (const FixedZeros& run : entry.zeros) count -= run.end - run.begin;
  }
  return count;
}

AlignedBuffer::AlignedBuffer(std::int64_t floats) : size_(floats) {
  if (floats < 0) throw ShapeError("A buffer cannot have " + std::to_string(floats) + " numbers.");
  if (floats == 0) return;
  if (static_cast<std::uint64_t>(floats) > std::numeric_limits<std::size_t>::max() / sizeof(float))
    throw std::bad_alloc();
  const auto bytes = static_cast<std::size_t>(floats) * sizeof(float);
  data_.reset(static_cast<float*>(::operator new(bytes, kAlignment)));
  zero();
}

AlignedBuffer::AlignedBuffer(const AlignedBuffer& other) : AlignedBuffer(other.size_) {
  if (size_ > 0) std::memcpy(data(), other.data(), static_cast<std::size_t>(size_) * sizeof(float));
}

AlignedBuffer& AlignedBuffer::operator=(const AlignedBuffer& other) {
  if (this != &other) *this = AlignedBuffer(other);
  return *this;
}

AlignedBuffer::AlignedBuffer(AlignedBuffer&& other) noexcept
    : size_(std::exchange(other.size_, 0)), data_(std::move(other.data_)) {}

AlignedBuffer& AlignedBuffer::operator=(AlignedBuffer&& other) noexcept {
  size_ = std::exchange(other.size_, 0);
  data_ = std::move(other.data_);
  return *this;
}

void AlignedBuffer::zero() {
  if (size_ > 0) std::memset(data(), 0, static_cast<std::size_t>(size_) * sizeof(float));
}

void AlignedBuffer::Free::operator()(float* p) const noexcept { ::operator delete(p, kAlignment); }

ParameterStore::ParameterStore(ParameterLayout layout)
    : layout_(std::move(layout)), values_(layout_.floats()), mirrors_(layout_.mirror_floats()) {}

void ParameterStore::initialize(std::uint64_t seed) {
  values().zero();
  for (std::size_t e = 0; e < layout_.entries().size(); ++e) {
    const auto& entry = layout_.entries()[e];
    auto random = stream(seed, Purpose::kInitialize, e);
    float* const first = values_.data() + entry.offset;
    if (entry.initializer.kind == Initializer::Kind::kOrthogonal) {
      fill_orthogonal(entry, random, first);
      continue;
    }
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      for (std::int64_t j = 0; j < entry.cols; ++j) {
        first[i * entry.stride + j] = static_cast<float>(drawn(entry.initializer, random));
      }
    }
  }
  restore_zeros();
}

void ParameterStore::restore_zeros() {
  float* const first = values().data();
  for (const auto& entry : layout_.entries()) entry.write_zeros(first + entry.offset);
}

}  // namespace amortflow
