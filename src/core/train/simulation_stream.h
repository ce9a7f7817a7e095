#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "adapt/adapter.h"
#include "base/host_service.h"
#include "base/thread_pool.h"
#include "estimators/estimator.h"
#include "simulate/generative_model.h"

namespace amortflow {

/// Some simulations that follow one another, on the networks' scale.
struct StreamPiece {
  TrainingBatch simulations;          ///< those that are finite
  std::vector<std::int64_t> numbers;  ///< of these in the run
  std::int64_t tried = 0;             ///< simulations, finite or not
  std::string first_failure;          ///< of those that are not
};

struct StreamOptions {
  std::int64_t batch_size = 1;  ///< of those who take pieces
  std::uint64_t seed = 0;
  std::int64_t first = 0;         ///< number of the first simulation
  std::int64_t host_request = 0;  ///< simulations to ask R for at a time, at least; more keep more workers of R busy
};

/// The simulations of a run in their order, made ahead of their use. How many come in a piece, and on which thread they
/// were made, depends on the simulator's speed and on the cores; what they are does not.
class SimulationStream {
 public:
  virtual ~SimulationStream() = default;
  /// Throws SimulatorError where a simulation failed with an error, and Cancelled.
  [[nodiscard]] virtual StreamPiece next() = 0;
  /// True if next() has nothing to wait for.
  [[nodiscard]] virtual bool ready() const = 0;
};

/// Compiled models are simulated and adapted in small pieces by those threads of `pool` that no training step needs,
/// and by the one that waits for them; with one thread nothing is made ahead. Models that enter R are simulated a few
/// batches ahead on R's thread, which has nothing else to do, and adapted by the thread that takes them.
[[nodiscard]] std::unique_ptr<SimulationStream> make_simulation_stream(const GenerativeModel& model,
                                                                       const Adapter& adapter,
                                                                       const StreamOptions& options,
                                                                       ThreadPool& pool,
                                                                       HostService& host);

}  // namespace amortflow
