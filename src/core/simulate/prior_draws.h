#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/matrix.h"
#include "base/random.h"
#include "base/thread_pool.h"
#include "simulate/generative_model.h"
#include "simulate/prior.h"

namespace amortflow {

/// Draws for simulations first_index, ..., first_index + count - 1 of the run with `seed`; `share` consecutive ones
/// have the same values.
struct PriorRun {
  std::int64_t first_index = 0;
  std::int64_t count = 0;
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::kPrior;
  std::int64_t share = 1;
};

/// One row per simulation, from stream(seed, purpose, index / share). A draw that fails is a row of NaN and appended to
/// `failures`. Throws Cancelled.
[[nodiscard]] Matrix<double> draw_prior(const Prior& prior,
                                        const PriorRun& run,
                                        ThreadPool& pool,
                                        const std::atomic<bool>& cancel,
                                        std::vector<SimulationFailure>& failures);

}  // namespace amortflow
