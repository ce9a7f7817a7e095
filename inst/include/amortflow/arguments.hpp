#pragma once

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace amortflow {

/// Named numbers, and vectors of numbers, given from R. A name that the simulator never asks for is an error.
class arguments final {
 public:
  arguments(const char* const* names, const double* const* values, const std::int64_t* lengths, std::int64_t count)
      : names_(names), values_(values), lengths_(lengths), asked_(static_cast<std::size_t>(count), false) {}

  [[nodiscard]] bool has(const char* name) const { return find(name) >= 0; }
  /// Throws where `name` was not given, or holds several numbers.
  [[nodiscard]] double number(const char* name) const {
    const std::int64_t i = required(name);
    if (lengths_[i] != 1) throw std::invalid_argument(std::string("setting `") + name + "` must be one number");
    return values_[i][0];
  }
  [[nodiscard]] double number(const char* name, double otherwise) const {
    return find(name) < 0 ? otherwise : number(name);
  }
  [[nodiscard]] std::vector<double> numbers(const char* name) const {
    const std::int64_t i = required(name);
    return std::vector<double>(values_[i], values_[i] + lengths_[i]);
  }
  void finish() const {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (!asked_[i]) throw std::invalid_argument(std::string("setting `") + names_[i] + "` is unknown");
    }
  }

 private:
  std::int64_t required(const char* name) const {
    const std::int64_t i = find(name);
    if (i < 0) throw std::invalid_argument(std::string("setting `") + name + "` is missing");
    return i;
  }
  std::int64_t find(const char* name) const {
    for (std::size_t i = 0; i < asked_.size(); ++i) {
      if (std::strcmp(names_[i], name) != 0) continue;
      asked_[i] = true;
      return static_cast<std::int64_t>(i);
    }
    return -1;
  }
  const char* const* names_;
  const double* const* values_;
  const std::int64_t* lengths_;
  mutable std::vector<bool> asked_;
};

}  // namespace amortflow
