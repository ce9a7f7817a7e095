#pragma once

#include "base/spec.h"
#include "nets/network.h"

namespace amortflow {

/// Nested data: list(kind = "hierarchical", levels = list(<spec of the innermost
/// network>, ..., <of the outermost>), group_columns = <column of the outermost groups, ..., of the innermost; from
/// 1>). One column for each level but one.
[[nodiscard]] Network make_hierarchical_summary(const Spec& spec, std::int64_t data_width);

}  // namespace amortflow
