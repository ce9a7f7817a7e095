#pragma once

#include <vector>

#include "base/matrix.h"
#include "simulate/generative_model.h"
#include "simulate/store_shard.h"

namespace amortflow {

/// Simulations from the tables of a shard. Tables are known by their names: `parameters`, `context` and, for observable
/// k from 1 on, `data<k>` (a row per position) with `lengths<k>` (positions of each data set); with a plate `local` (a
/// row per group) and `groups` (groups of each simulation). Others are left alone. Throws FormatError where they do not
/// fit together.
[[nodiscard]] Simulations simulations_of(const std::vector<TableSchema>& schema, std::vector<Matrix<double>> tables);

/// The first `count` of them, their failures apart.
[[nodiscard]] Simulations first_of(const Simulations& simulations, std::int64_t count);

}  // namespace amortflow
