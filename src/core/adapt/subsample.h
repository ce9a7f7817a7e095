#pragma once

#include <cstdint>
#include <vector>

#include "base/batch.h"
#include "base/random.h"

namespace amortflow {

/// A random `size` of `length` positions (from 0, in increasing order): all subsets are equally likely. All positions
/// where there are no more than `size`. Floyd's sampling (Bentley and Floyd 1987, A sample of brilliance, CACM 30(9)).
[[nodiscard]] std::vector<std::int64_t> random_positions(std::int64_t length, std::int64_t size, rng& random);

/// Those that (seed, index) gives.
[[nodiscard]] std::vector<std::int64_t> subsample_positions(std::int64_t length,
                                                            std::int64_t size,
                                                            std::uint64_t seed,
                                                            std::uint64_t index);

/// Of each data set a random `size` of its positions; data set i takes the stream of first_index + i.
template <class T>
[[nodiscard]] RaggedRows<T> subsample(const RaggedRows<T>& rows,
                                      std::int64_t size,
                                      std::uint64_t seed,
                                      std::uint64_t first_index);

/// The same of each observable of a batch; `sizes` has one number per observable, 0 for all positions.
void subsample(Batch& batch, const std::vector<std::int64_t>& sizes, std::uint64_t seed, std::uint64_t first_index);

/// The same with positions that follow from a data set's length alone: what is seen of a data set does not depend on
/// where it stands.
void subsample_by_length(Batch& batch, const std::vector<std::int64_t>& sizes);

}  // namespace amortflow
