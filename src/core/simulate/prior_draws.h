#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "base/thread_pool.h"
#include "simulate/generative_model.h"
#include "simulate/prior.h"

namespace amortflow {

/// Prior draws of simulations first_index, first_index + 1, ..., one row each, from stream(seed, Purpose::kPrior,
/// index). A draw that fails is a row of NaN and appended to `failures`. Throws Cancelled.
[[nodiscard]] Matrix<double> draw_prior(const Prior& prior,
                                        std::int64_t first_index,
                                        std::int64_t count,
                                        std::uint64_t seed,
                                        ThreadPool& pool,
                                        const std::atomic<bool>& cancel,
                                        std::vector<SimulationFailure>& failures);

}  // namespace amortflow
