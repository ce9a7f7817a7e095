#include "simulate/worker_rows.h"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "amortflow/table.hpp"
#include "base/errors.h"
#include "simulate/simulator_chunk.h"

namespace amortflow {

namespace {

/// A simulator that gives what was given: so that failures are looked for by the same code as those of simulators here.
struct Replay {
  const WorkerRows* given = nullptr;
  const SimulatorShape* shape = nullptr;
  const std::uint64_t* first_row = nullptr;  // where the rows' indices begin
};

void replay_observable(const Replay& of, const run_request& request, std::int64_t first, std::size_t k) {
  const auto& one = of.shape->observables[k];
  const double* values = of.given->values[k].data();
  if (one.positions > 0) {
    const std::int64_t each = one.positions * one.variables;
    std::copy_n(values + first * each, request.count * each, request.out[k]);
    return;
  }
  const std::int64_t* lengths = of.given->lengths[k].data();
  const auto before = std::accumulate(lengths, lengths + first, std::int64_t{0}) * one.variables;
  request.take(request.host, static_cast<std::int64_t>(k), lengths + first, values + before);
}

std::int64_t replay(const void* settings, const run_request* request) {
  const auto& of = *static_cast<const Replay*>(settings);
  const std::int64_t first = request->indices - of.first_row;
  for (std::size_t k = 0; k < of.shape->observables.size(); ++k) replay_observable(of, *request, first, k);
  for (std::size_t i = 0; i < of.given->failed.size(); ++i) {
    const std::int64_t row = of.given->failed[i] - first;
    if (row >= 0 && row < request->count) request->failed(request->host, row, of.given->messages[i].c_str());
  }
  return request->count;
}

void check(const WorkerRows& given, const SimulatorShape& shape, std::int64_t count) {
  if (given.abi_version != kSimulatorAbi) {
    throw SimulatorError("A worker has another version of amortflow/simulator.hpp.",
                         "Install the same version of amortflow there.");
  }
  const auto observables = shape.observables.size();
  bool fits = given.values.size() == observables && given.lengths.size() == observables &&
              given.failed.size() == given.messages.size();
  for (std::size_t k = 0; fits && k < observables; ++k) {
    const auto& one = shape.observables[k];
    const auto& lengths = given.lengths[k];
    fits = one.positions > 0 || (static_cast<std::int64_t>(lengths.size()) == count &&
                                 std::all_of(lengths.begin(), lengths.end(), [](std::int64_t n) { return n >= 0; }));
    const std::int64_t positions =
        one.positions > 0 ? count * one.positions : std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
    fits = fits && static_cast<std::int64_t>(given.values[k].size()) == positions * one.variables;
  }
  if (!fits) throw ShapeError("A worker gave data of another shape than the simulator has.");
}

}  // namespace

std::vector<RaggedRows<double>> take_worker_rows(const WorkerRows& given,
                                                 const SimulatorShape& shape,
                                                 const SimulatorRows& rows,
                                                 const std::vector<bool>& flat,
                                                 std::vector<SimulationFailure>& failures) {
  const std::int64_t count = rows.parameters.rows;
  check(given, shape, count);
  const Replay settings{&given, &shape, rows.indices.data()};
  simulator_table table{};
  table.run = replay;
  const std::atomic<bool> never{false};
  SimulatedData data(shape, count);
  SimulatorChunk chunk(table, &settings, shape, rows, data, 0, count);
  chunk.run(0, never);
  failures.insert(failures.end(), chunk.failures().begin(), chunk.failures().end());
  data.take(chunk.ragged());
  return data.finish(flat);
}

}  // namespace amortflow
