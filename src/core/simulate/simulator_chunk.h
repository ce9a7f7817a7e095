#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/batch.h"
#include "base/matrix.h"
#include "simulate/compiled_simulator.h"

namespace amortflow {

/// Data sets of one observable whose number of positions varies.
struct RaggedPart {
  std::vector<std::int64_t> lengths;
  std::vector<double> values;
};

/// The data of a run: observables of fixed length are written in place by all chunks, the others come chunk by chunk.
class SimulatedData final {
 public:
  SimulatedData(const SimulatorShape& shape, std::int64_t count);

  /// Where row `begin` of observable k starts; nullptr where its length varies.
  [[nodiscard]] double* fixed(std::size_t k, std::int64_t begin);
  void take(const std::vector<RaggedPart>& parts);
  [[nodiscard]] std::vector<RaggedRows<double>> finish(const std::vector<bool>& flat);

 private:
  const SimulatorShape& shape_;
  std::int64_t count_;
  std::vector<std::vector<double>> fixed_;
  std::vector<RaggedPart> ragged_;
};

/// PriorRows [begin, end) of a run, which one thread does.
class SimulatorChunk final {
 public:
  SimulatorChunk(const simulator_table& table,
                 const void* settings,
                 const SimulatorShape& shape,
                 const SimulatorRows& rows,
                 SimulatedData& data,
                 std::int64_t begin,
                 std::int64_t end);

  /// Throws Cancelled.
  void run(std::uint64_t seed, const std::atomic<bool>& cancel);
  [[nodiscard]] const std::vector<SimulationFailure>& failures() const { return failures_; }
  [[nodiscard]] const std::vector<RaggedPart>& ragged() const { return ragged_; }

 private:
  struct Problem {
    std::string message{};  // empty where there is none
    FailureKind kind = FailureKind::kNotFinite;
  };
  [[nodiscard]] Problem& problem(std::int64_t row) { return problems_[static_cast<std::size_t>(row - begin_)]; }
  [[nodiscard]] bool usable(std::int64_t row) const;
  void call(std::int64_t begin, std::int64_t end, std::uint64_t seed);
  void take(std::size_t k, const std::int64_t* lengths, const double* values);
  void skip(std::int64_t row);
  void list_failures();
  void for_each_observable(std::int64_t row, const std::function<void(std::size_t, double*, std::int64_t)>& visit);
  [[nodiscard]] std::string place_of(std::size_t k, std::int64_t number, double value) const;

  const simulator_table* table_;
  const void* settings_;
  const SimulatorShape* shape_;
  const SimulatorRows* rows_;
  SimulatedData* data_;
  std::int64_t begin_;
  std::int64_t end_;
  std::int64_t called_from_ = 0;  // rows of the call that is running
  std::int64_t called_to_ = 0;
  const std::atomic<bool>* cancel_ = nullptr;
  std::vector<Problem> problems_;  // of each row
  std::vector<RaggedPart> ragged_;
  std::vector<std::size_t> ragged_place_;  // of the next row, while failures are listed
  std::vector<SimulationFailure> failures_;
};

}  // namespace amortflow
