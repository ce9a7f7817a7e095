#include "simulate/simulation_run.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/thread_pool.h"

namespace amortflow {

namespace {

/// Progress and a stop after failures come once a block. Its size follows the simulator's speed, so that a block takes
/// about a tenth of a second and all cores are busy for most of it; results do not depend on it.
constexpr std::int64_t kFirstBlock = 1024;
constexpr std::int64_t kSmallestBlock = 64;
constexpr std::int64_t kLargestBlock = 65536;

std::int64_t next_block(std::int64_t block, double seconds) {
  if (seconds < 0.1) return std::min(2 * block, kLargestBlock);
  return seconds > 0.4 ? std::max(block / 2, kSmallestBlock) : block;
}

void check_width(const Matrix<double>& rows, std::int64_t width, const char* what) {
  if (rows.cols == width) return;
  throw ShapeError("The prior has " + std::to_string(width) + " " + what + ", but there are " +
                   std::to_string(rows.cols) + " columns.");
}

}  // namespace

Simulations run_model(const GenerativeModel& model, const RunRange& range, HostService& host) {
  ThreadPool pool(range.cores);
  Simulations all;
  std::int64_t block = kFirstBlock;
  for (std::int64_t done = 0; done < range.count;) {
    const std::int64_t count = std::min(block, range.count - done);
    const auto start = std::chrono::steady_clock::now();
    append(all, model.draw(range.first_index + done, count, range.seed, pool, host.cancel_flag()));
    done += count;
    Progress progress;
    progress.done = done;
    progress.total = range.count;
    host.report(progress);
    if (range.stop_on_failure && !all.failures.empty()) break;
    block = next_block(block, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return all;
}

PriorDraws run_prior(const Prior& prior,
                     const PriorContext& context,
                     const RunRange& range,
                     HostService& host,
                     std::vector<SimulationFailure>& failures) {
  ThreadPool pool(range.cores);
  return draw_prior(prior, context, {range.first_index, range.count, range.seed}, pool, host.cancel_flag(), failures);
}

Simulations run_context(const Context& context, const RunRange& range, HostService& host) {
  ThreadPool pool(range.cores);
  Simulations draws;
  draws.context = context.draw(range.first_index, range.count, range.seed, pool, host.cancel_flag(), draws.failures);
  return draws;
}

Matrix<double> context_for(const CompiledSimulator& simulator, const NamedContext& context) {
  return select_columns(context.values, context_columns(simulator.shape(), simulator.name(), context.variables));
}

Simulations run_simulator(const CompiledSimulator& simulator,
                          Matrix<double> parameters,
                          const NamedContext& context,
                          const Segments& groups,
                          const std::vector<bool>& flat,
                          const RunRange& range,
                          HostService& host) {
  Matrix<double> values = context_for(simulator, context);
  const auto rows = groups.count() > 0
                        ? SimulatorRows::grouped(std::move(parameters), range.first_index, std::move(values), groups)
                        : SimulatorRows::consecutive(std::move(parameters), range.first_index, std::move(values));
  ThreadPool pool(range.cores);
  Simulations simulations;
  simulations.data = simulator.run(rows, range.seed, flat, pool, host.cancel_flag(), simulations.failures);
  return simulations;
}

std::vector<double> log_densities(const Prior& prior, const Matrix<double>& parameters, const Matrix<double>& given) {
  check_width(parameters, prior.size(), "parameters");
  check_given(prior, given, parameters.rows);
  std::vector<double> values(static_cast<std::size_t>(parameters.rows));
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    values[static_cast<std::size_t>(i)] = prior.log_density(given_row(given, i), parameters.row(i));
  }
  return values;
}

std::vector<double> local_log_densities(const Prior& prior,
                                        const Matrix<double>& parameters,
                                        const Matrix<double>& local,
                                        const Matrix<double>& given) {
  check_width(parameters, prior.size(), "parameters");
  check_width(local, prior.local_size(), "local parameters");
  check_given(prior, given, parameters.rows);
  if (local.rows != parameters.rows) throw ShapeError("Shared and local parameters must have as many rows.");
  std::vector<double> values(static_cast<std::size_t>(local.rows));
  for (std::int64_t i = 0; i < local.rows; ++i) {
    values[static_cast<std::size_t>(i)] = prior.local_log_density(given_row(given, i), parameters.row(i), local.row(i));
  }
  return values;
}

}  // namespace amortflow
