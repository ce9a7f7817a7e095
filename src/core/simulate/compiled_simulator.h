#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/batch.h"
#include "base/matrix.h"
#include "base/thread_pool.h"
#include "simulate/generative_model.h"

namespace amortflow {

struct simulator_table;  // of amortflow/simulator.hpp

/// Simulations are handed out in groups of this many; what they give does not depend on it.
inline constexpr std::int64_t kSimulationChunk = 64;

/// A user's simulator in a shared object that was compiled against amortflow/simulator.hpp.
class CompiledSimulator final {
 public:
  /// Opens `library`. Throws SimulatorError where it cannot be opened, holds no simulator, was compiled against another
  /// version of the header, or refuses the settings.
  explicit CompiledSimulator(const std::string& library, const std::map<std::string, double>& settings = {});
  ~CompiledSimulator();
  CompiledSimulator(CompiledSimulator&&) noexcept;
  CompiledSimulator& operator=(CompiledSimulator&&) = delete;

  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::int64_t parameters() const { return parameters_; }
  [[nodiscard]] std::int64_t positions() const { return positions_; }
  [[nodiscard]] std::int64_t variables() const { return variables_; }

  /// One data set per row of `parameters`, which are simulations first_index, first_index + 1, ... of the run with
  /// `seed`: positions() rows of variables() columns each, or with `flat` one row of their product. Failed simulations
  /// (an exception, a value that is not finite, parameters that are not finite) are NaN and appended to `failures`, in
  /// order. Throws Cancelled.
  [[nodiscard]] RaggedRows<double> run(const Matrix<double>& parameters,
                                       std::int64_t first_index,
                                       std::uint64_t seed,
                                       bool flat,
                                       ThreadPool& pool,
                                       const std::atomic<bool>& cancel,
                                       std::vector<SimulationFailure>& failures) const;

 private:
  struct Library;
  struct Chunk;
  void run_rows(Chunk& chunk, std::int64_t begin, std::int64_t end) const;
  void run_chunk(Chunk& chunk) const;

  std::unique_ptr<Library> library_;
  const simulator_table* table_ = nullptr;
  void* settings_ = nullptr;
  std::int64_t parameters_ = 0;
  std::int64_t positions_ = 0;
  std::int64_t variables_ = 0;
};

}  // namespace amortflow
