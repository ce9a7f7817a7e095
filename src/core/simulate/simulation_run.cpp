#include "simulate/simulation_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/thread_pool.h"

namespace amortflow {

namespace {

/// Progress and a stop after failures come once a block, which must keep all cores busy for a while.
constexpr std::int64_t kBlock = 4096;

void append(const Simulations& block, Simulations& all) {
  auto& parameters = all.parameters;
  parameters.cols = block.parameters.cols;
  parameters.rows += block.parameters.rows;
  parameters.values.insert(parameters.values.end(), block.parameters.values.begin(), block.parameters.values.end());
  auto& data = all.data;
  data.values.cols = block.data.values.cols;
  data.values.rows += block.data.values.rows;
  data.values.values.insert(data.values.values.end(), block.data.values.values.begin(), block.data.values.values.end());
  for (std::int64_t i = 0; i < block.data.count(); ++i) {
    data.segments.offsets.push_back(data.segments.rows() + block.data.segments.length(i));
  }
  all.failures.insert(all.failures.end(), block.failures.begin(), block.failures.end());
}

void reserve(Simulations& all, const Simulations& first_block, std::int64_t count) {
  const auto size = [count](std::int64_t values, std::int64_t sets) {
    return static_cast<std::size_t>(values / std::max<std::int64_t>(sets, 1) * count);
  };
  const auto& data = first_block.data;
  all.parameters.values.reserve(size(first_block.parameters.rows * first_block.parameters.cols, data.count()));
  all.data.values.values.reserve(size(data.values.rows * data.values.cols, data.count()));
  all.data.segments.offsets.reserve(static_cast<std::size_t>(count + 1));
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
  for (std::int64_t done = 0; done < range.count;) {
    const std::int64_t count = std::min(kBlock, range.count - done);
    const auto block = model.draw(range.first_index + done, count, range.seed, pool, host.cancel_flag());
    if (done == 0) reserve(all, block, range.count);
    append(block, all);
    done += count;
    Progress progress;
    progress.done = done;
    progress.total = range.count;
    host.report(progress);
    if (range.stop_on_failure && !all.failures.empty()) break;
  }
  return all;
}

PriorDraws run_prior(const Prior& prior,
                     const PriorContext& context,
                     const RunRange& range,
                     HostService& host,
                     std::vector<SimulationFailure>& failures) {
  ThreadPool pool(range.cores);
  return draw_prior(prior, context, range.first_index, range.count, range.seed, pool, host.cancel_flag(), failures);
}

void run_simulator(const CompiledSimulator& simulator,
                   bool flat,
                   const RunRange& range,
                   HostService& host,
                   Simulations& simulations) {
  ThreadPool pool(range.cores);
  simulations.data = simulator.run(simulations.parameters, range.first_index, range.seed, flat, pool,
                                   host.cancel_flag(), simulations.failures);
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
