#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace amortflow {

inline constexpr std::int64_t kMostColumns = 1 << 24;

/// The places (from 0) where `use`, one number per column, is 1. Throws ConfigError unless all numbers are 0 or 1.
[[nodiscard]] std::vector<std::size_t> used_columns(const std::vector<double>& use, const std::string& step);

/// Columns counted from 1, as specs give them, counted from 0. Throws ConfigError unless each is a whole number from 1
/// to `width` and stands there once.
[[nodiscard]] std::vector<std::size_t> column_places(const std::vector<double>& columns,
                                                     std::int64_t width,
                                                     const std::string& step);

/// Throws ConfigError where a log-Jacobian is asked of a step that has none: it cannot stand between parameters and
/// their density.
void refuse_log_det(const double* log_det, const std::string& step);

}  // namespace amortflow
