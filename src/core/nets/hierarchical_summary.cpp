#include "nets/hierarchical_summary.h"

#include <memory>
#include <string>
#include <vector>

#include "base/errors.h"
#include "nets/grouped_rows.h"
#include "nets/summary_network.h"

namespace amortflow {

namespace {

constexpr std::size_t kMostLevels = 8;

struct Levels {
  std::vector<const Spec*> networks;        ///< the innermost first
  std::vector<std::int64_t> group_columns;  ///< of the rows as they are at that level, the outermost first
};

std::vector<std::int64_t> columns_from(const std::vector<double>& numbers, std::int64_t data_width) {
  std::vector<std::int64_t> columns;
  for (const double number : numbers) {
    const auto column = static_cast<std::int64_t>(number) - 1;
    if (!(number >= 1 && number <= static_cast<double>(data_width)) || static_cast<double>(column) + 1 != number) {
      throw ConfigError("`group_columns` of summary_hierarchical() must be columns of the data, from 1 to " +
                        std::to_string(data_width) + ".");
    }
    // Columns of outer groups are gone by then.
    std::int64_t place = column;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const auto earlier = static_cast<std::int64_t>(numbers[k]) - 1;
      if (earlier == column) throw ConfigError("`group_columns` of summary_hierarchical() must differ.");
      if (earlier < column) --place;
    }
    columns.push_back(place);
  }
  return columns;
}

Levels levels_from(const Spec& spec, std::int64_t data_width) {
  SpecReader reader(spec, "summary_hierarchical()");
  Levels levels;
  reader.choice("kind", {"hierarchical"});
  const Spec& networks = reader.child("levels");
  if (networks.list() == nullptr) throw ConfigError("`levels` of summary_hierarchical() must be a list of networks.");
  for (const auto& entry : *networks.list()) levels.networks.push_back(&entry.second);
  levels.group_columns = columns_from(reader.numbers("group_columns"), data_width);
  reader.finish();
  if (levels.networks.size() < 2 || levels.networks.size() > kMostLevels ||
      levels.group_columns.size() + 1 != levels.networks.size()) {
    throw ConfigError("summary_hierarchical() must have 2 to " + std::to_string(kMostLevels) +
                      " levels, and a column of groups for each but one.");
  }
  return levels;
}

/// Levels up to `outermost`, whose groups are those of group column `column`.
Network nested(const Levels& levels, std::size_t outermost, std::size_t column, std::int64_t width) {
  if (outermost == 0) return make_summary_network(*levels.networks.front(), width);
  Network inner = nested(levels, outermost - 1, column + 1, width - 1);
  Network outer = make_summary_network(*levels.networks[outermost], inner.output_width(width - 1));
  Network network;
  network.add(std::make_unique<GroupedRows>(width, levels.group_columns[column], std::move(inner), std::move(outer)));
  return network;
}

}  // namespace

Network make_hierarchical_summary(const Spec& spec, std::int64_t data_width) {
  const Levels levels = levels_from(spec, data_width);
  return nested(levels, levels.networks.size() - 1, 0, data_width);
}

}  // namespace amortflow
