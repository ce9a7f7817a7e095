#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "amortflow/sizes.hpp"

namespace amortflow {

/// What a simulation starts from: the parameters in the order of the prior, and the context values in the order in
/// which sizes().context() names them.
struct input {
  const double* theta;
  const double* context;
};

namespace detail {

/// What these headers, not the simulator's own code, find wrong.
class complaint final : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// In debug mode (AMORTFLOW_DEBUG) simulators write into a copy that stands between two zones of a pattern, which
/// shows what was written outside.
class guarded_numbers final {
 public:
  double* prepare(std::int64_t count) {
    numbers_.assign(static_cast<std::size_t>(count) + 2 * kZone, pattern());
    count_ = count;
    std::fill_n(begin(), count, std::numeric_limits<double>::quiet_NaN());
    return begin();
  }
  double* prepare(const double* values, std::int64_t count) {
    prepare(count);
    return std::copy_n(values, count, begin()) - count;
  }
  [[nodiscard]] double* begin() { return numbers_.data() + kZone; }
  [[nodiscard]] std::int64_t count() const { return count_; }

  /// Throws where something outside was written.
  void check(const std::string& what) const {
    const double mark = pattern();
    for (std::size_t i = 0; i < numbers_.size(); ++i) {
      if (i == kZone) i += static_cast<std::size_t>(count_);
      if (i >= numbers_.size()) break;
      if (std::memcmp(&numbers_[i], &mark, sizeof mark) == 0) continue;
      const auto place = static_cast<std::int64_t>(i) - static_cast<std::int64_t>(kZone);
      throw complaint("it wrote to " + what + "[" + std::to_string(place) + "], which has " + std::to_string(count_) +
                      " numbers, counted from 0");
    }
  }

 private:
  static constexpr std::size_t kZone = 16384;
  /// A NaN that no arithmetic gives.
  static double pattern() {
    const std::uint64_t bits = 0x7FF8DEADBEEF5A5Au;
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  std::vector<double> numbers_;
  std::int64_t count_ = 0;
};

/// One observable of the simulations of one request.
struct observable_buffer {
  observable_buffer(const sizes::observable_size& size, double* fixed_values)
      : positions(size.positions), variables(size.variables), values(fixed_values) {}
  std::int64_t positions;  // `varies` where simulations decide
  std::int64_t variables;
  double* values;  // of simulations of fixed length: the host's
  std::vector<double> rows{};
  std::vector<std::int64_t> lengths{};
  guarded_numbers guarded{};
};

}  // namespace detail

/// Where a simulation writes its data, position by position; what is left unwritten is NaN, which makes the simulation
/// a failed one.
class output final {
 public:
  /// positions x variables numbers of observable `k`, whose number of positions is fixed.
  [[nodiscard]] double* observable(std::size_t k = 0) {
    auto& buffer = at(k);
    if (buffer.positions == varies) {
      throw detail::complaint("the number of positions varies, so observable(k, n) must be asked for");
    }
    return pointer(buffer, buffer.positions);
  }
  /// n x variables numbers of observable `k`, whose number of positions varies; once for every simulation. n >= 1.
  [[nodiscard]] double* observable(std::size_t k, std::int64_t n) {
    auto& buffer = at(k);
    if (buffer.positions != varies) throw detail::complaint("the number of positions of this observable is fixed");
    if (static_cast<std::int64_t>(buffer.lengths.size()) != row_) {
      throw detail::complaint("observable(k, n) was asked for twice");
    }
    if (n < 1 || n > kMostNumbers / buffer.variables) {
      throw detail::complaint("it asked for " + std::to_string(n) + " positions");
    }
    double* values = pointer(buffer, n);
    buffer.lengths.push_back(n);
    return values;
  }

  explicit output(std::vector<detail::observable_buffer> buffers) : buffers_(std::move(buffers)) {}
  void begin(std::int64_t row) {
    row_ = row;
#ifdef AMORTFLOW_DEBUG
    for (auto& buffer : buffers_) buffer.guarded.prepare(0);
#endif
  }
  /// Ends a simulation. A failed one, or one that forgot an observable, becomes one position of NaN.
  bool end(bool failed) {
    bool complete = true;
    for (std::size_t k = 0; k < buffers_.size(); ++k) complete = end_one(buffers_[k], failed) && complete;
    return complete;
  }
  /// Debug mode: throws where a simulation wrote outside of its data; copies what it wrote.
  void check() {
    for (std::size_t k = 0; k < buffers_.size(); ++k) {
      auto& buffer = buffers_[k];
      if (buffer.guarded.count() == 0) continue;
      buffer.guarded.check(buffers_.size() == 1 ? "out" : "observable " + std::to_string(k));
      std::copy_n(buffer.guarded.begin(), buffer.guarded.count(), place(buffer, buffer.guarded.count()));
    }
  }
  [[nodiscard]] const std::vector<detail::observable_buffer>& buffers() const { return buffers_; }

 private:
  static constexpr std::int64_t kMostNumbers = std::int64_t{1} << 31;

  detail::observable_buffer& at(std::size_t k) {
    if (k < buffers_.size()) return buffers_[k];
    throw detail::complaint("it asked for observable " + std::to_string(k) + ", but they are 0 to " +
                            std::to_string(buffers_.size() - 1));
  }
  double* place(detail::observable_buffer& buffer, std::int64_t numbers) const {
    if (buffer.positions != varies) return buffer.values + row_ * numbers;
    return buffer.rows.data() + static_cast<std::int64_t>(buffer.rows.size()) - numbers;
  }
  double* pointer(detail::observable_buffer& buffer, std::int64_t n) {
    const std::int64_t numbers = n * buffer.variables;
    if (buffer.positions == varies) {
      buffer.rows.resize(buffer.rows.size() + static_cast<std::size_t>(numbers),
                         std::numeric_limits<double>::quiet_NaN());
    }
#ifdef AMORTFLOW_DEBUG
    return buffer.guarded.count() == 0 ? buffer.guarded.prepare(numbers) : buffer.guarded.begin();
#else
    return place(buffer, numbers);
#endif
  }
  bool end_one(detail::observable_buffer& buffer, bool failed) const {
    if (buffer.positions != varies) return true;
    const bool given = static_cast<std::int64_t>(buffer.lengths.size()) > row_;
    if (given && !failed) return true;
    if (given) {
      buffer.rows.resize(buffer.rows.size() - static_cast<std::size_t>(buffer.lengths.back() * buffer.variables));
      buffer.lengths.pop_back();
    }
    buffer.rows.resize(buffer.rows.size() + static_cast<std::size_t>(buffer.variables),
                       std::numeric_limits<double>::quiet_NaN());
    buffer.lengths.push_back(1);
    return failed;
  }

  std::vector<detail::observable_buffer> buffers_;
  std::int64_t row_ = 0;
};

/// The data set that a log likelihood is asked about.
class observed final {
 public:
  struct part {
    const double* values;
    std::int64_t positions;
  };
  observed(const part* parts, std::size_t count) : parts_(parts), count_(count) {}
  [[nodiscard]] const double* values(std::size_t k = 0) const { return at(k).values; }
  [[nodiscard]] std::int64_t positions(std::size_t k = 0) const { return at(k).positions; }

 private:
  [[nodiscard]] const part& at(std::size_t k) const {
    if (k < count_) return parts_[k];
    throw detail::complaint("it asked for observable " + std::to_string(k) + ", but they are 0 to " +
                            std::to_string(count_ - 1));
  }
  const part* parts_;
  std::size_t count_;
};

}  // namespace amortflow
