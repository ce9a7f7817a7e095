#include "adapt/columns.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"

namespace amortflow {

std::vector<std::size_t> used_columns(const std::vector<double>& use, const std::string& step) {
  std::vector<std::size_t> places;
  for (std::size_t j = 0; j < use.size(); ++j) {
    if (use[j] == 1) places.push_back(j);
    if (use[j] == 0 || use[j] == 1) continue;
    throw ConfigError("The adapter's step \"" + step + "\" must use each column by 1 or 0, not by " +
                      std::to_string(use[j]) + ".");
  }
  return places;
}

std::vector<std::size_t> column_places(const std::vector<double>& columns,
                                       std::int64_t width,
                                       const std::string& step) {
  std::vector<std::size_t> places;
  for (const double column : columns) {
    const bool inside = column >= 1 && column <= static_cast<double>(width) && column == std::trunc(column);
    const auto place = inside ? static_cast<std::size_t>(column) - 1 : 0;
    if (!inside || std::find(places.begin(), places.end(), place) != places.end()) {
      throw ConfigError("The columns of the adapter's step \"" + step +
                        "\" must be different whole numbers from 1 to " + std::to_string(width) + ", but one is " +
                        std::to_string(column) + ".");
    }
    places.push_back(place);
  }
  return places;
}

void refuse_log_det(const double* log_det, const std::string& step) {
  if (log_det == nullptr) return;
  throw ConfigError("The adapter's step \"" + step + "\" must not be used on parameters: it has no log-Jacobian.");
}

}  // namespace amortflow
