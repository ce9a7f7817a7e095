#include "simulate/compiled_simulator.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "amortflow/table.hpp"
#include "base/errors.h"
#include "base/random.h"
#include "simulate/shared_library.h"
#include "simulate/simulator_chunk.h"

namespace amortflow {

struct CompiledSimulator::Library {
  SharedLibrary object;
};

namespace {

using Message = std::array<char, 512>;

const simulator_table* checked(const void* symbol) {
  const auto* table = static_cast<const simulator_table*>(symbol);
  if (!table) {
    throw SimulatorError("The compiled code registers no simulator.",
                         "End it with `AMORTFLOW_SIMULATOR(name, amortflow::sizes()...)`.");
  }
  if (table->abi_version == kSimulatorAbi) return table;
  throw SimulatorError("The simulator was compiled against version " + std::to_string(table->abi_version) +
                           " of amortflow/simulator.hpp; this is version " + std::to_string(kSimulatorAbi) + ".",
                       "Compile it again, or install the package that brings it again.");
}

std::string shown_columns(const std::string& name, std::int64_t wanted, const char* what, std::int64_t given) {
  return "Simulator `" + name + "` takes " + std::to_string(wanted) + " " + what + ", not " + std::to_string(given) +
         ".";
}

}  // namespace

SimulatorRows SimulatorRows::consecutive(Matrix<double> parameters, std::int64_t first_index, Matrix<double> context) {
  SimulatorRows rows;
  const auto count = static_cast<std::size_t>(parameters.rows);
  rows.context = context.cols > 0 ? std::move(context) : Matrix<double>(parameters.rows, 0);
  rows.parameters = std::move(parameters);
  rows.indices.resize(count);
  std::iota(rows.indices.begin(), rows.indices.end(), static_cast<std::uint64_t>(first_index));
  rows.purposes.assign(count, static_cast<std::uint32_t>(Purpose::kSimulator));
  return rows;
}

SimulatorRows SimulatorRows::grouped(Matrix<double> parameters,
                                     std::int64_t first_index,
                                     Matrix<double> context,
                                     const Segments& groups) {
  SimulatorRows rows = consecutive(std::move(parameters), 0, std::move(context));
  std::size_t row = 0;
  for (std::int64_t i = 0; i < groups.count(); ++i) {
    for (std::int64_t group = 0; group < groups.length(i); ++group, ++row) {
      rows.indices[row] = static_cast<std::uint64_t>(first_index + i);
      rows.purposes[row] =
          static_cast<std::uint32_t>(nth_purpose(Purpose::kGroupSimulator, static_cast<std::size_t>(group)));
    }
  }
  return rows;
}

CompiledSimulator::CompiledSimulator(const std::string& library, const SimulatorSettings& settings)
    : library_(new Library{SharedLibrary(library)}), table_(checked(library_->object.symbol("amortflow_simulator"))) {
  read_settings(settings);
  read_shape();
}

CompiledSimulator::CompiledSimulator(const simulator_table* table, const SimulatorSettings& settings)
    : table_(checked(table)) {
  read_settings(settings);
  read_shape();
}

CompiledSimulator::CompiledSimulator(CompiledSimulator&& other) noexcept
    : library_(std::move(other.library_)),
      table_(other.table_),
      settings_(std::exchange(other.settings_, nullptr)),
      shape_(std::move(other.shape_)) {}

CompiledSimulator::~CompiledSimulator() {
  if (settings_) table_->destroy(settings_);
}

void CompiledSimulator::read_settings(const SimulatorSettings& settings) {
  std::vector<const char*> names;
  std::vector<const double*> values;
  std::vector<std::int64_t> lengths;
  for (const auto& entry : settings) {
    names.push_back(entry.first.c_str());
    values.push_back(entry.second.data());
    lengths.push_back(static_cast<std::int64_t>(entry.second.size()));
  }
  Message message{};
  settings_ = table_->make(names.data(), values.data(), lengths.data(), static_cast<std::int64_t>(names.size()),
                           message.data(), message.size());
  if (!settings_) throw SimulatorError("Simulator `" + name() + "`: " + message.data() + ".");
}

void CompiledSimulator::read_shape() {
  shape_visitor visitor{};
  visitor.host = &shape_;
  visitor.parameters = [](void* host, std::int64_t n) { static_cast<SimulatorShape*>(host)->parameters = n; };
  visitor.context = [](void* host, const char* name, std::int64_t length) {
    static_cast<SimulatorShape*>(host)->context.push_back({name, length});
  };
  visitor.observable = [](void* host, const char* name, std::int64_t positions, std::int64_t variables) {
    static_cast<SimulatorShape*>(host)->observables.push_back({name, positions, variables});
  };
  visitor.variable = [](void* host, const char* name) {
    static_cast<SimulatorShape*>(host)->observables.back().names.emplace_back(name);
  };
  Message message{};
  if (table_->shape(settings_, &visitor, message.data(), message.size())) return;
  table_->destroy(std::exchange(settings_, nullptr));
  throw SimulatorError("Simulator `" + name() + "`: " + message.data() + ".");
}

std::string CompiledSimulator::name() const { return table_->name; }
bool CompiledSimulator::has_log_lik() const { return table_->log_lik != nullptr; }
bool CompiledSimulator::debug() const { return table_->debug; }

void CompiledSimulator::check_columns(const Matrix<double>& parameters, const Matrix<double>& context) const {
  if (parameters.cols != shape_.parameters) {
    throw ShapeError(shown_columns(name(), shape_.parameters, "parameters", parameters.cols));
  }
  if (context.cols != shape_.context_length()) {
    throw ShapeError(shown_columns(name(), shape_.context_length(), "context values", context.cols));
  }
}

namespace {

/// A few simulations may take long, so that each thread gets several groups of them.
std::int64_t chunk_size(std::int64_t count, int threads) {
  constexpr std::int64_t kChunksPerThread = 4;
  return std::clamp<std::int64_t>(count / (kChunksPerThread * threads), 1, kSimulationChunk);
}

}  // namespace

std::vector<RaggedRows<double>> CompiledSimulator::run(const SimulatorRows& rows,
                                                       std::uint64_t seed,
                                                       const std::vector<bool>& flat,
                                                       ThreadPool& pool,
                                                       const std::atomic<bool>& cancel,
                                                       std::vector<SimulationFailure>& failures) const {
  check_columns(rows.parameters, rows.context);
  const std::int64_t count = rows.parameters.rows;
  SimulatedData data(shape_, count);
  std::vector<SimulatorChunk> chunks;
  const std::int64_t size = chunk_size(count, pool.threads());
  for (std::int64_t begin = 0; begin < count; begin += size) {
    chunks.emplace_back(*table_, settings_, shape_, rows, data, begin, std::min(count, begin + size));
  }
  pool.run(static_cast<std::int64_t>(chunks.size()),
           [&](std::int64_t i) { chunks[static_cast<std::size_t>(i)].run(seed, cancel); });
  for (auto& chunk : chunks) {
    failures.insert(failures.end(), chunk.failures().begin(), chunk.failures().end());
    data.take(chunk.ragged());
  }
  return data.finish(flat);
}

Matrix<double> CompiledSimulator::log_lik(const Matrix<double>& parameters,
                                          const Matrix<double>& context,
                                          const std::vector<Matrix<double>>& data) const {
  if (!has_log_lik()) throw SimulatorError("Simulator `" + name() + "` has no log likelihood.");
  check_columns(parameters, context);
  std::vector<observed::part> parts;
  for (std::size_t k = 0; k < shape_.observables.size(); ++k) {
    if (k >= data.size() || data[k].cols != shape_.observables[k].variables) {
      throw ShapeError("Observable " + std::to_string(k + 1) + " of simulator `" + name() + "` has " +
                       std::to_string(shape_.observables[k].variables) + " variables.");
    }
    parts.push_back({data[k].values.data(), data[k].rows});
  }
  const observed view(parts.data(), parts.size());
  Matrix<double> out(parameters.rows, parts[0].positions, std::numeric_limits<double>::quiet_NaN());
  std::string problem;
  density_request request{
      parameters.rows, parameters.values.data(), context.values.data(), &view, out.values.data(), nullptr, &problem};
  request.failed = [](void* host, std::int64_t row, const char* message) {
    auto& first = *static_cast<std::string*>(host);
    if (first.empty()) first = "row " + std::to_string(row + 1) + " of the parameters: " + message;
  };
  table_->log_lik(settings_, &request);
  if (!problem.empty())
    throw SimulatorError("The log likelihood of simulator `" + name() + "` failed at " + problem + ".");
  for (std::int64_t row = 0; row < out.rows; ++row) {
    const bool written = std::none_of(out.row(row), out.row(row) + out.cols, [](double x) { return std::isnan(x); });
    if (written) continue;
    throw SimulatorError("The log likelihood of simulator `" + name() + "` is NaN at row " + std::to_string(row + 1) +
                             " of the parameters.",
                         "It must write one log density for each position of the first observable.");
  }
  return out;
}

}  // namespace amortflow
