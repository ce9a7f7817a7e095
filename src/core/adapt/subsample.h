#pragma once

#include <cstdint>
#include <vector>

#include "base/batch.h"

namespace amortflow {

/// The random `size` of `length` positions (from 0, in increasing order) that (seed, index) gives: all subsets are
/// equally likely. All positions where there are no more than `size`. Floyd's sampling (Bentley and Floyd 1987, A
/// sample of brilliance, CACM 30(9)).
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

}  // namespace amortflow
