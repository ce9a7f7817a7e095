#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "kernels/dispatch.h"
#include "support/catch.h"

namespace amortflow::sixteen_lanes {
const Kernels& table() noexcept;  // sixteen_lanes.cpp
}

namespace amortflow::kernel_tests {

/// Rows of floats between guards. Padded ones have a stride of a multiple of 16 and zeros in the padding; tight ones
/// are `gap` columns of wider rows, and all that is not theirs is a guard.
class FloatRows {
 public:
  static FloatRows padded(std::int64_t rows, std::int64_t cols) {
    return FloatRows(rows, cols, (cols + 15) / 16 * 16, true);
  }
  static FloatRows tight(std::int64_t rows, std::int64_t cols, std::int64_t gap = 0) {
    return FloatRows(rows, cols, cols + gap, false);
  }

  /// Normal numbers times `scale`; different for every `which`.
  FloatRows& fill(std::uint64_t which, double scale = 1) {
    auto random = stream(20260101, Purpose::kCheck, which);
    for (std::int64_t i = 0; i < rows_; ++i) {
      for (std::int64_t j = 0; j < cols_; ++j) at(i, j) = static_cast<float>(scale * random.normal());
    }
    return *this;
  }

  [[nodiscard]] float& at(std::int64_t i, std::int64_t j) { return values_[index(i, j)]; }
  [[nodiscard]] double operator()(std::int64_t i, std::int64_t j) const {
    return static_cast<double>(values_[index(i, j)]);
  }
  [[nodiscard]] float* data() { return values_.data() + kGuards; }
  [[nodiscard]] Rows view() { return {data(), rows_, cols_, stride_}; }
  [[nodiscard]] ConstRows view() const { return {values_.data() + kGuards, rows_, cols_, stride_}; }
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  [[nodiscard]] std::int64_t cols() const { return cols_; }

  /// Nothing outside the rows was written, and padding is zero.
  [[nodiscard]] bool intact() const {
    for (std::size_t k = 0; k < values_.size(); ++k) {
      const auto from_first = static_cast<std::int64_t>(k) - kGuards;
      const bool inside = from_first >= 0 && from_first < rows_ * stride_;
      if (inside && from_first % stride_ < cols_) continue;
      if (values_[k] != (inside && padded_ ? 0.0F : kGuard)) return false;
    }
    return true;
  }
  friend bool operator==(const FloatRows& a, const FloatRows& b) { return a.values_ == b.values_; }

 private:
  static constexpr std::int64_t kGuards = 16;
  static constexpr float kGuard = 12345;

  FloatRows(std::int64_t rows, std::int64_t cols, std::int64_t stride, bool padded)
      : rows_(rows), cols_(cols), stride_(stride), padded_(padded) {
    // Tight rows end with the buffer, so that the address sanitizer sees who reads on.
    const auto length = padded ? rows * stride + kGuards : (rows - 1) * stride + cols;
    values_.assign(static_cast<std::size_t>(kGuards + length), kGuard);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < (padded ? stride : cols); ++j) values_[index(i, j)] = 0;
    }
  }
  [[nodiscard]] std::size_t index(std::int64_t i, std::int64_t j) const {
    return static_cast<std::size_t>(kGuards + i * stride_ + j);
  }

  std::int64_t rows_;
  std::int64_t cols_;
  std::int64_t stride_;
  bool padded_;
  std::vector<float> values_;
};

/// Norm of (computed - expected(i, j)) over the norm of expected.
template <class Expected>
double relative_error(const FloatRows& computed, Expected expected) {
  double difference = 0;
  double size = 0;
  for (std::int64_t i = 0; i < computed.rows(); ++i) {
    for (std::int64_t j = 0; j < computed.cols(); ++j) {
      const double truth = expected(i, j);
      difference += (computed(i, j) - truth) * (computed(i, j) - truth);
      size += truth * truth;
    }
  }
  return size > 0 ? std::sqrt(difference / size) : std::sqrt(difference);
}

constexpr double kTolerance = 1e-5;  // of the norm: float sums of a few hundred terms stay well below

/// Central difference of `f` at x, in double.
template <class Function>
double slope_of(Function f, double x) {
  constexpr double kStep = 1e-5;
  return (f(x + kStep) - f(x - kStep)) / (2 * kStep);
}

/// Runs `body` for the kernels of each instruction set of this machine, and for those of sixteen portable lanes.
template <class Body>
void on_each_instruction_set(Body body) {
  for (const InstructionSet set :
       {InstructionSet::kPortable, InstructionSet::kSse2, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (set > widest_instruction_set()) continue;
    CATCH_INFO("instruction set " << name(set));
    body(kernels_for(set));
  }
  CATCH_INFO("sixteen portable lanes");
  body(sixteen_lanes::table());
}

}  // namespace amortflow::kernel_tests
