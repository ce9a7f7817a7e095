#pragma once

#include <cstdint>
#include <vector>

#include "base/host_service.h"
#include "base/matrix.h"
#include "simulate/compiled_simulator.h"
#include "simulate/context.h"
#include "simulate/generative_model.h"
#include "simulate/prior.h"
#include "simulate/prior_draws.h"

namespace amortflow {

/// Simulations first_index, ..., first_index + count - 1 of the run with `seed`, on `cores` threads.
struct RunRange {
  std::int64_t first_index = 0;
  std::int64_t count = 0;
  std::uint64_t seed = 0;
  int cores = 1;
  bool stop_on_failure = false;  ///< give back what there is once a block of simulations holds a failure
};

/// All of these are called on a working thread of `host`, report progress to it and throw Cancelled.
[[nodiscard]] Simulations run_model(const GenerativeModel& model, const RunRange& range, HostService& host);

[[nodiscard]] PriorDraws run_prior(const Prior& prior,
                                   const PriorContext& context,
                                   const RunRange& range,
                                   HostService& host,
                                   std::vector<SimulationFailure>& failures);

/// Context and failures only.
[[nodiscard]] Simulations run_context(const Context& context, const RunRange& range, HostService& host);

/// The columns of `context` that `simulator` takes, in its order. Throws ConfigError where one is missing.
[[nodiscard]] Matrix<double> context_for(const CompiledSimulator& simulator, const NamedContext& context);

/// Data and failures only: one data set per row of `parameters`, which are those of the groups of the simulations where
/// `groups` says how many each has.
[[nodiscard]] Simulations run_simulator(const CompiledSimulator& simulator,
                                        Matrix<double> parameters,
                                        const NamedContext& context,
                                        const Segments& groups,
                                        const std::vector<bool>& flat,
                                        const RunRange& range,
                                        HostService& host);

/// log density of each row of `parameters`; `given` has no, one or as many rows. Throws ShapeError.
[[nodiscard]] std::vector<double> log_densities(const Prior& prior,
                                                const Matrix<double>& parameters,
                                                const Matrix<double>& given);

/// log density of each row of `local` given the same row of the shared `parameters`. Throws ShapeError.
[[nodiscard]] std::vector<double> local_log_densities(const Prior& prior,
                                                      const Matrix<double>& parameters,
                                                      const Matrix<double>& local,
                                                      const Matrix<double>& given);

}  // namespace amortflow
