#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/batch.h"
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

/// What varies by draw and comes from outside the prior.
struct PriorContext {
  /// Values of `Prior::given()`: one row for all draws, or one per draw.
  Matrix<double> given;
  /// Number of groups of the plate, one per draw; empty where local parameters are not drawn.
  std::vector<std::int64_t> groups;
};

/// Throws ShapeError unless `given` has one row or `count` rows of what is given to the prior.
void check_given(const Prior& prior, const Matrix<double>& given, std::int64_t count);
/// Row `i` of `given`, its only row, or nullptr where it has none.
[[nodiscard]] const double* given_row(const Matrix<double>& given, std::int64_t i);

/// Shared parameters, one row per draw, and local ones, one row per group.
struct PriorDraws {
  Matrix<double> shared;
  RaggedRows<double> local;
};

/// Prior draws, each from stream(seed, purpose, index / share): the shared parameters first, then those of one group
/// after the other. A draw that fails is NaN and appended to
/// `failures`. Throws Cancelled, and ShapeError where the context does not fit the prior.
[[nodiscard]] PriorDraws draw_prior(const Prior& prior,
                                    const PriorContext& context,
                                    const PriorRun& run,
                                    ThreadPool& pool,
                                    const std::atomic<bool>& cancel,
                                    std::vector<SimulationFailure>& failures);

/// The shared parameters of a prior that needs no context.
[[nodiscard]] Matrix<double> draw_prior(const Prior& prior,
                                        const PriorRun& run,
                                        ThreadPool& pool,
                                        const std::atomic<bool>& cancel,
                                        std::vector<SimulationFailure>& failures);

}  // namespace amortflow
