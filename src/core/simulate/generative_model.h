#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/batch.h"
#include "base/matrix.h"
#include "base/thread_pool.h"

namespace amortflow {

enum class FailureKind { kNotFinite, kError };

/// A simulation that did not give finite numbers or threw; `index` counts from 0 over the whole run.
struct SimulationFailure {
  std::int64_t index = 0;
  std::string message;
  FailureKind kind = FailureKind::kNotFinite;
};

/// Simulations first_index, first_index + 1, ... on the user's scale. Failed ones are filled with NaN and listed.
///
/// In models with a plate every simulation has groups, and the data sets of `data` and the rows of `local` are those of
/// all groups of the first simulation, then of the second, ...
struct Simulations {
  Matrix<double> parameters;             ///< [n, d]
  std::vector<RaggedRows<double>> data;  ///< one per observable
  Matrix<double> context;                ///< [n, context values]
  Matrix<double> local;                  ///< [groups, local parameters]
  Segments groups;                       ///< of each simulation; empty without a plate
  std::vector<SimulationFailure> failures;

  [[nodiscard]] std::int64_t count() const { return parameters.rows; }
  [[nodiscard]] bool has_groups() const { return groups.count() > 0; }
};

/// `block` behind `all`, which may be empty.
void append(Simulations& all, Simulations block);

/// Prior and simulator together. `draw` depends on (seed, index) only: not on threads, chunks, order or restarts.
class GenerativeModel {
 public:
  virtual ~GenerativeModel() = default;
  /// Looks at `cancel` between simulations and throws Cancelled.
  [[nodiscard]] virtual Simulations draw(std::int64_t first_index,
                                         std::int64_t count,
                                         std::uint64_t seed,
                                         ThreadPool& pool,
                                         const std::atomic<bool>& cancel) const = 0;
  /// True if `draw` enters the host (R) and so must be called on the host's thread.
  [[nodiscard]] virtual bool needs_host() const = 0;
};

}  // namespace amortflow
