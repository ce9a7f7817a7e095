#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace amortflow {

/// How a parameter starts. Drawn from Philox by (seed, entry), so the start does not depend on the order of use.
struct Initializer {
  enum class Kind { kConstant, kNormal, kUniform, kOrthogonal };
  Kind kind = Kind::kConstant;
  double scale = 0;  ///< the constant, the sd, the half width, or the gain
};

/// Columns [begin, end) of one row of an entry that are no parameters: zero, whatever is learned.
struct FixedZeros {
  std::int64_t row = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// One parameter: a matrix of rows x cols (a vector is one row) at `offset` floats into the buffer, each row padded
/// to `stride` floats, a multiple of 16, so that kernels may read whole vectors. Padding stays zero.
struct ParameterEntry {
  std::string name;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;
  std::int64_t offset = 0;
  Initializer initializer;
  bool decays = false;             ///< a matrix of weights: weight decay applies, and it has a mirror
  std::int64_t mirror_offset = 0;  ///< of its transpose in the buffer of mirrors
  std::int64_t mirror_stride = 0;
  std::vector<FixedZeros> zeros;  ///< of masked weights

  /// Writes them into a buffer of weights or gradients of which `first` is the entry's first float.
  void write_zeros(float* first) const;
};

/// Names, shapes and places of all parameters of a fit; layers add theirs while a network is put together.
class ParameterLayout final {
 public:
  /// Returns the entry's index. Names are unique ("summary.dense_1.weight").
  std::int64_t add(const std::string& name, std::int64_t rows, std::int64_t cols, Initializer initializer, bool decays);
  /// Masks an entry. Its gradients must be zero there too (`write_zeros`): then optimizers, averages and weight decay
  /// leave it as it is.
  void fix_zeros(std::int64_t entry, std::vector<FixedZeros> zeros);
  [[nodiscard]] const std::vector<ParameterEntry>& entries() const { return entries_; }
  [[nodiscard]] const ParameterEntry& operator[](std::int64_t i) const { return entries_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] std::int64_t floats() const { return floats_; }  ///< buffer length, padding included
  [[nodiscard]] std::int64_t mirror_floats() const { return mirror_floats_; }
  [[nodiscard]] std::int64_t parameters() const;  ///< numbers that are learned, without padding and masks

 private:
  std::vector<ParameterEntry> entries_;
  std::int64_t floats_ = 0;
  std::int64_t mirror_floats_ = 0;
};

/// A zeroed float buffer on a 64-byte boundary. Weights, gradients, moments and averages all are one of these.
class AlignedBuffer final {
 public:
  explicit AlignedBuffer(std::int64_t floats = 0);
  AlignedBuffer(const AlignedBuffer& other);
  AlignedBuffer& operator=(const AlignedBuffer& other);
  AlignedBuffer(AlignedBuffer&& other) noexcept;  // leaves an empty buffer behind
  AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
  ~AlignedBuffer() = default;

  [[nodiscard]] float* data() { return data_.get(); }
  [[nodiscard]] const float* data() const { return data_.get(); }
  [[nodiscard]] std::int64_t size() const { return size_; }
  void zero();

 private:
  struct Free {
    void operator()(float* p) const noexcept;
  };
  std::int64_t size_ = 0;
  std::unique_ptr<float[], Free> data_;
};

/// The parameters of one fit: a layout and one buffer; and the transposes of its matrices, through which gradients flow
/// back. Whoever may have changed weights leaves the mirrors behind; nets/weight_mirrors.h brings them up to date.
class ParameterStore final {
 public:
  explicit ParameterStore(ParameterLayout layout);

  /// Starts every entry by its initializer.
  void initialize(std::uint64_t seed);
  /// Makes masked weights zero again after weights came from elsewhere.
  void restore_zeros();

  [[nodiscard]] const ParameterLayout& layout() const { return layout_; }
  /// To be asked for anew for every change, since it is what tells that mirrors are behind.
  [[nodiscard]] AlignedBuffer& values() {
    mirrors_current_ = false;
    return values_;
  }
  [[nodiscard]] const AlignedBuffer& values() const { return values_; }
  /// First float of an entry.
  [[nodiscard]] float* at(std::int64_t entry) { return values().data() + layout_[entry].offset; }
  [[nodiscard]] const float* at(std::int64_t entry) const { return values_.data() + layout_[entry].offset; }
  /// First float of the transpose [cols, rows] of an entry that decays, rows `mirror_stride` apart.
  [[nodiscard]] float* mirror(std::int64_t entry) { return mirrors_.data() + layout_[entry].mirror_offset; }
  [[nodiscard]] const float* mirror(std::int64_t entry) const { return mirrors_.data() + layout_[entry].mirror_offset; }
  [[nodiscard]] bool mirrors_current() const { return mirrors_current_; }
  void set_mirrors_current() { mirrors_current_ = true; }

 private:
  ParameterLayout layout_;
  AlignedBuffer values_;
  AlignedBuffer mirrors_;
  bool mirrors_current_ = false;
};

}  // namespace amortflow
