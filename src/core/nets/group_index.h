#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/batch.h"

namespace amortflow {

/// Rows of each data set put together group by group: rows of a group keep their order, groups are ordered by number.
struct GroupIndex {
  std::vector<std::int64_t>& order;  ///< rows, group by group
  Segments& groups;                  ///< groups as segments of these
  Segments& data_sets;               ///< data sets as segments of groups

  /// From the numbers of groups, `number(row)`, of the first `length(i)` rows of segment i; NaN is a group, too. Uses
  /// the memory that is there.
  template <class Number, class Length>
  void assign(const Segments& segments, const Number& number, const Length& length) const {
    const auto key = [&](std::int64_t row) {
      const double value = number(row);
      return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
    };
    order.clear();
    groups.offsets.assign(1, 0);
    data_sets.offsets.assign(1, 0);
    for (std::int64_t i = 0; i < segments.count(); ++i) {
      const auto begin = static_cast<std::int64_t>(order.size());
      const std::int64_t first = segments.offsets[static_cast<std::size_t>(i)];
      for (std::int64_t row = first; row < first + length(i); ++row) order.push_back(row);
      std::sort(order.begin() + begin, order.end(),
                [&](std::int64_t a, std::int64_t b) { return key(a) != key(b) ? key(a) < key(b) : a < b; });
      for (auto at = static_cast<std::size_t>(begin); at < order.size(); ++at) {
        const bool last = at + 1 == order.size() || key(order[at]) != key(order[at + 1]);
        if (last) groups.offsets.push_back(static_cast<std::int64_t>(at) + 1);
      }
      data_sets.offsets.push_back(groups.count());
    }
  }
};

}  // namespace amortflow
