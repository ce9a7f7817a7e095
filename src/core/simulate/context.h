#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/matrix.h"
#include "base/spec.h"
#include "base/thread_pool.h"
#include "simulate/generative_model.h"
#include "simulate/prior.h"
#include "simulate/simulator_shape.h"

namespace amortflow {

/// What varies by data set: context values in priors() notation, of which some are shared by consecutive simulations.
class Context final {
 public:
  /// From list(list(prior = <spec of Prior>, per_batch = <flag>), ...); `batch` consecutive simulations share the
  /// values of parts that are drawn per batch.
  Context(const Spec& spec, std::int64_t batch);
  Context() = default;

  [[nodiscard]] std::int64_t size() const;
  [[nodiscard]] std::vector<std::string> variables() const;

  /// [count, size()]: values of simulations first_index, ...; a draw that fails is NaN and appended to `failures`.
  [[nodiscard]] Matrix<double> draw(std::int64_t first_index,
                                    std::int64_t count,
                                    std::uint64_t seed,
                                    ThreadPool& pool,
                                    const std::atomic<bool>& cancel,
                                    std::vector<SimulationFailure>& failures) const;

 private:
  struct Part {
    Prior prior;
    bool per_batch = false;
  };
  std::vector<Part> parts_;
  std::int64_t batch_ = 1;
};

/// Where a simulator finds its context values among `variables` ("n", "dose[1]", "dose[2]", ...). Throws ConfigError
/// where a value is missing, has another length, or is one that the simulator does not take.
[[nodiscard]] std::vector<std::int64_t> context_columns(const SimulatorShape& shape,
                                                        const std::string& simulator,
                                                        const std::vector<std::string>& variables);

/// Where a prior finds what is given to it among `variables`. Throws ConfigError likewise.
[[nodiscard]] std::vector<std::int64_t> given_columns(const Prior& prior, const std::vector<std::string>& variables);

/// Groups of each simulation of a model with a plate: the values of `context` in the column that is called like it. A
/// value that is no whole number from 1 counts as 1 group, and its simulation as failed. Throws ConfigError where there
/// is no such column.
[[nodiscard]] Segments plate_groups(const std::string& plate,
                                    const std::vector<std::string>& variables,
                                    Matrix<double>& context,
                                    std::int64_t first_index,
                                    std::vector<SimulationFailure>& failures);

/// Values of context as they come from outside: columns [data sets, values] and their names.
struct NamedContext {
  Matrix<double> values;
  std::vector<std::string> variables;
};

}  // namespace amortflow
