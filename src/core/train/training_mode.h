#pragma once

#include <cstdint>
#include <memory>

#include "adapt/adapter.h"
#include "base/host_service.h"
#include "base/spec.h"
#include "base/thread_pool.h"
#include "simulate/generative_model.h"
#include "train/batch_source.h"
#include "train/simulation_stream.h"

namespace amortflow {

/// How training with a model uses its simulations: each once, or those of a bank several times. See OnlineSource,
/// RoundsSource and ReplaySource.
struct TrainingMode {
  enum class Kind { kOnline, kRounds, kReplay };

  Kind kind = Kind::kOnline;
  std::int64_t bank = 0;   ///< simulations: of a round, or the most that replay keeps
  std::int64_t reuse = 1;  ///< how often a simulation is used, on average
  bool accumulate = true;  ///< rounds: earlier rounds' simulations stay

  /// list(kind = "online"), list(kind = "rounds", bank, reuse, accumulate) or list(kind = "replay", bank, reuse).
  [[nodiscard]] static TrainingMode from_spec(const Spec& spec);
};

/// `options` are those of the batches.
[[nodiscard]] std::unique_ptr<BatchSource> make_simulating_source(const TrainingMode& mode,
                                                                  const GenerativeModel& model,
                                                                  const Adapter& adapter,
                                                                  const StreamOptions& options,
                                                                  ThreadPool& pool,
                                                                  HostService& host);

}  // namespace amortflow
