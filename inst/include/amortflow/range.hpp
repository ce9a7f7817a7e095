#pragma once

#include <stdexcept>
#include <string>

namespace amortflow {
namespace detail {

/// Throws std::domain_error where an argument leaves its range, as NaN does.
inline void require(bool holds, const char* what, double given) {
  if (!holds) throw std::domain_error(std::string(what) + ", not " + std::to_string(given));
}

}  // namespace detail
}  // namespace amortflow
