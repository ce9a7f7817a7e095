#include "simulate/compiled_simulator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "amortflow/simulator.hpp"
#include "base/errors.h"
#include "simulate/shared_library.h"

namespace amortflow {

struct CompiledSimulator::Library {
  SharedLibrary object;
};

/// Some simulations of a run, which one thread does.
struct CompiledSimulator::Chunk {
  const double* parameters = nullptr;
  double* out = nullptr;
  std::int64_t first_index = 0;
  std::int64_t count = 0;
  std::uint64_t seed = 0;
  const std::atomic<bool>* cancel = nullptr;
  std::int64_t called_from = 0;  // index of the first simulation of the call that is running
  std::vector<SimulationFailure> failures{};
};

namespace {

const simulator_table* table_in(const SharedLibrary& object) {
  const auto* table = static_cast<const simulator_table*>(object.symbol("amortflow_simulator"));
  if (!table) {
    throw SimulatorError("The compiled code registers no simulator.",
                         "End it with `AMORTFLOW_SIMULATOR(name, amortflow::sizes()...)`.");
  }
  if (table->abi_version == kSimulatorAbi) return table;
  throw SimulatorError("The simulator was compiled against version " + std::to_string(table->abi_version) +
                           " of amortflow/simulator.hpp; this is version " + std::to_string(kSimulatorAbi) + ".",
                       "Compile it again with cpp_simulator().");
}

void* make_settings_of(const simulator_table& table, const std::map<std::string, double>& given) {
  std::vector<const char*> names;
  std::vector<double> values;
  for (const auto& entry : given) {
    names.push_back(entry.first.c_str());
    values.push_back(entry.second);
  }
  std::array<char, 512> message{};
  const auto count = static_cast<std::int64_t>(values.size());
  void* settings = table.make(names.data(), values.data(), count, message.data(), message.size());
  if (!settings) throw SimulatorError(std::string("Simulator `") + table.name + "`: " + message.data() + ".");
  return settings;
}

bool all_finite(const double* values, std::int64_t count) {
  return std::all_of(values, values + count, [](double v) { return std::isfinite(v); });
}

std::string place_of_first_non_finite(const double* out, std::int64_t count, std::int64_t variables) {
  const double* bad = std::find_if(out, out + count, [](double v) { return !std::isfinite(v); });
  const std::int64_t place = bad - out;
  const std::string value = std::isnan(*bad) ? "NaN" : (*bad > 0 ? "Inf" : "-Inf");
  const std::string where = variables == 1 ? "position " + std::to_string(place + 1)
                                           : "position " + std::to_string(place / variables + 1) + ", variable " +
                                                 std::to_string(place % variables + 1);
  return "it gave " + value + " at " + where;
}

}  // namespace

CompiledSimulator::CompiledSimulator(const std::string& library, const std::map<std::string, double>& settings)
    : library_(new Library{SharedLibrary(library)}), table_(table_in(library_->object)) {
  settings_ = make_settings_of(*table_, settings);
  table_->shape(settings_, &parameters_, &positions_, &variables_);
  if (parameters_ >= 1 && positions_ >= 1 && variables_ >= 1) return;
  table_->destroy(settings_);
  throw SimulatorError("Simulator `" + name() + "` must have at least one parameter, position and variable.");
}

CompiledSimulator::CompiledSimulator(CompiledSimulator&& other) noexcept
    : library_(std::move(other.library_)),
      table_(other.table_),
      settings_(std::exchange(other.settings_, nullptr)),
      parameters_(other.parameters_),
      positions_(other.positions_),
      variables_(other.variables_) {}

CompiledSimulator::~CompiledSimulator() {
  if (settings_) table_->destroy(settings_);
}

std::string CompiledSimulator::name() const { return table_->name; }

/// Hands the rows [begin, end) of the chunk to the shared object; exceptions come back in `chunk.failures`.
void CompiledSimulator::run_rows(Chunk& chunk, std::int64_t begin, std::int64_t end) const {
  run_request request{};
  chunk.called_from = chunk.first_index + begin;
  request.seed = chunk.seed;
  request.first_index = static_cast<std::uint64_t>(chunk.called_from);
  request.count = end - begin;
  request.theta = chunk.parameters + begin * parameters_;
  request.out = chunk.out + begin * positions_ * variables_;
  request.host = &chunk;
  request.cancelled = [](const void* host) { return static_cast<const Chunk*>(host)->cancel->load(); };
  request.failed = [](void* host, std::int64_t row, const char* message) {
    auto& of = *static_cast<Chunk*>(host);
    of.failures.push_back({of.called_from + row, std::string("it threw: ") + message, FailureKind::kError});
  };
  if (table_->run(settings_, &request) < request.count) throw Cancelled();
}

void CompiledSimulator::run_chunk(Chunk& chunk) const {
  const std::int64_t per_set = positions_ * variables_;
  const auto usable = [&](std::int64_t row) { return all_finite(chunk.parameters + row * parameters_, parameters_); };
  // Parameters that are not finite stay away from users' code, where a loop may wait for them for ever.
  for (std::int64_t begin = 0, end = 0; begin < chunk.count; begin = end) {
    end = begin + 1;
    if (!usable(begin)) {
      chunk.failures.push_back({chunk.first_index + begin, "its parameters are not finite"});
      continue;
    }
    while (end < chunk.count && usable(end)) ++end;
    run_rows(chunk, begin, end);
  }
  const auto listed = std::exchange(chunk.failures, {});
  auto next = listed.begin();
  for (std::int64_t row = 0; row < chunk.count; ++row) {
    double* out = chunk.out + row * per_set;
    const std::int64_t index = chunk.first_index + row;
    if (next != listed.end() && next->index == index) {
      chunk.failures.push_back(*next++);
    } else if (!all_finite(out, per_set)) {
      chunk.failures.push_back({index, place_of_first_non_finite(out, per_set, variables_)});
    } else {
      continue;
    }
    std::fill_n(out, per_set, std::numeric_limits<double>::quiet_NaN());
  }
}

RaggedRows<double> CompiledSimulator::run(const Matrix<double>& parameters,
                                          std::int64_t first_index,
                                          std::uint64_t seed,
                                          bool flat,
                                          ThreadPool& pool,
                                          const std::atomic<bool>& cancel,
                                          std::vector<SimulationFailure>& failures) const {
  if (parameters.cols != parameters_) {
    throw ShapeError("Simulator `" + name() + "` takes " + std::to_string(parameters_) + " parameters, not " +
                     std::to_string(parameters.cols) + ".");
  }
  const std::int64_t count = parameters.rows;
  RaggedRows<double> data;
  data.segments = Segments::uniform(count, flat ? 1 : positions_);
  data.values = Matrix<double>(data.segments.rows(), flat ? positions_ * variables_ : variables_);
  std::vector<Chunk> chunks(static_cast<std::size_t>((count + kSimulationChunk - 1) / kSimulationChunk));
  pool.run(static_cast<std::int64_t>(chunks.size()), [&](std::int64_t c) {
    auto& chunk = chunks[static_cast<std::size_t>(c)];
    const std::int64_t begin = c * kSimulationChunk;
    chunk.parameters = parameters.row(begin);
    chunk.out = data.values.values.data() + begin * positions_ * variables_;
    chunk.first_index = first_index + begin;
    chunk.count = std::min(kSimulationChunk, count - begin);
    chunk.seed = seed;
    chunk.cancel = &cancel;
    run_chunk(chunk);
  });
  for (const auto& chunk : chunks) failures.insert(failures.end(), chunk.failures.begin(), chunk.failures.end());
  return data;
}

}  // namespace amortflow
