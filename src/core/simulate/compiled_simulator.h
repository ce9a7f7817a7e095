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
#include "simulate/simulator_shape.h"

namespace amortflow {

struct simulator_table;  // of amortflow/table.hpp

/// Simulations are handed out in groups of this many; what they give does not depend on it.
inline constexpr std::int64_t kSimulationChunk = 64;

/// What a compiled simulator is called with: row r has the random stream (seed, indices[r], purposes[r]).
struct SimulatorRows {
  Matrix<double> parameters;  ///< [rows, parameters]
  Matrix<double> context;     ///< [rows, context values], in the simulator's order
  std::vector<std::uint64_t> indices;
  std::vector<std::uint32_t> purposes;

  /// Simulations first_index, first_index + 1, ...
  [[nodiscard]] static SimulatorRows consecutive(Matrix<double> parameters,
                                                 std::int64_t first_index,
                                                 Matrix<double> context = {});
  /// One row for each group of these simulations, one after the other; every group has a stream of its own.
  [[nodiscard]] static SimulatorRows grouped(Matrix<double> parameters,
                                             std::int64_t first_index,
                                             Matrix<double> context,
                                             const Segments& groups);
};

using SimulatorSettings = std::map<std::string, std::vector<double>>;

/// A user's simulator that was compiled against amortflow/simulator.hpp.
class CompiledSimulator final {
 public:
  /// Opens the shared object `library`. Throws SimulatorError where it cannot be opened, holds no simulator, was
  /// compiled against another version of the header, or refuses the settings.
  explicit CompiledSimulator(const std::string& library, const SimulatorSettings& settings = {});
  /// One that lives in another package; `table` outlasts this.
  explicit CompiledSimulator(const simulator_table* table, const SimulatorSettings& settings = {});
  ~CompiledSimulator();
  CompiledSimulator(CompiledSimulator&&) noexcept;
  CompiledSimulator& operator=(CompiledSimulator&&) = delete;

  /// Whether NaN is a value of the data (not observed) rather than a failure. Infinite values always are failures.
  void allow_missing(bool missing) { shape_.missing = missing; }

  [[nodiscard]] std::string name() const;
  [[nodiscard]] const SimulatorShape& shape() const { return shape_; }
  [[nodiscard]] bool has_log_lik() const;
  /// Compiled with bounds checks.
  [[nodiscard]] bool debug() const;

  /// One data set per row and observable: positions rows of `variables` columns each, or one row of their product
  /// where `flat` says so. Failed simulations (an exception, a value that is not finite, parameters or context that
  /// are not finite) are NaN and appended to `failures` with their index, in order. Throws Cancelled, and ShapeError
  /// where the numbers of columns are wrong.
  [[nodiscard]] std::vector<RaggedRows<double>> run(const SimulatorRows& rows,
                                                    std::uint64_t seed,
                                                    const std::vector<bool>& flat,
                                                    ThreadPool& pool,
                                                    const std::atomic<bool>& cancel,
                                                    std::vector<SimulationFailure>& failures) const;

  /// [rows of `parameters`, positions of observable 0]: log densities of one data set (one entry of `data` per
  /// observable, as `run` gives them without `flat`) under every row; `context` is one row. Throws SimulatorError where
  /// there is no log likelihood or it throws.
  [[nodiscard]] Matrix<double> log_lik(const Matrix<double>& parameters,
                                       const Matrix<double>& context,
                                       const std::vector<Matrix<double>>& data) const;

 private:
  struct Library;
  void read_settings(const SimulatorSettings& settings);
  void read_shape();
  void check_columns(const Matrix<double>& parameters, const Matrix<double>& context) const;

  std::unique_ptr<Library> library_;
  const simulator_table* table_ = nullptr;
  void* settings_ = nullptr;
  SimulatorShape shape_;
};

}  // namespace amortflow
