#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/batch.h"
#include "simulate/compiled_simulator.h"

namespace amortflow {

/// What a simulator gave for some rows in another process (inst/worker/run_simulator.cpp).
struct WorkerRows {
  std::uint32_t abi_version = 0;
  std::vector<std::int64_t> failed;  ///< rows from 0, in order
  std::vector<std::string> messages;
  /// One entry per observable; positions of each row where they vary, and all numbers.
  std::vector<std::vector<std::int64_t>> lengths;
  std::vector<std::vector<double>> values;
};

/// The data sets of these rows, failures found and told as by CompiledSimulator::run(). Throws ShapeError where numbers
/// are missing, SimulatorError where the other process has another version of the headers.
[[nodiscard]] std::vector<RaggedRows<double>> take_worker_rows(const WorkerRows& given,
                                                               const SimulatorShape& shape,
                                                               const SimulatorRows& rows,
                                                               const std::vector<bool>& flat,
                                                               std::vector<SimulationFailure>& failures);

}  // namespace amortflow
