#pragma once

#include "base/parameter_store.h"

namespace amortflow {

/// Writes rows [begin, end) of a matrix of weights into its mirror.
void mirror_rows(ParameterStore& store, std::int64_t entry, std::int64_t begin, std::int64_t end);

/// Writes the transposes of all matrices of weights, unless they are up to date. Not while networks run.
void refresh_mirrors(ParameterStore& store);

}  // namespace amortflow
