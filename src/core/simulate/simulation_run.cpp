#include "simulate/simulation_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/errors.h"
#include "base/thread_pool.h"
#include "simulate/prior_draws.h"

namespace amortflow {

namespace {

/// Progress and a stop after failures come once a block, which must keep all cores busy for a while.
constexpr std::int64_t kBlock = 4096;

}  // namespace

Simulations run_model(const GenerativeModel& model, const RunRange& range, HostService& host) {
  ThreadPool pool(range.cores);
  Simulations all;
  for (std::int64_t done = 0; done < range.count;) {
    const std::int64_t count = std::min(kBlock, range.count - done);
    append(all, model.draw(range.first_index + done, count, range.seed, pool, host.cancel_flag()));
    done += count;
    Progress progress;
    progress.done = done;
    progress.total = range.count;
    host.report(progress);
    if (range.stop_on_failure && !all.failures.empty()) break;
  }
  return all;
}

Simulations run_prior(const Prior& prior, const RunRange& range, HostService& host) {
  ThreadPool pool(range.cores);
  Simulations draws;
  draws.parameters =
      draw_prior(prior, {range.first_index, range.count, range.seed}, pool, host.cancel_flag(), draws.failures);
  return draws;
}

Simulations run_context(const Context& context, const RunRange& range, HostService& host) {
  ThreadPool pool(range.cores);
  Simulations draws;
  draws.context = context.draw(range.first_index, range.count, range.seed, pool, host.cancel_flag(), draws.failures);
  return draws;
}

Matrix<double> context_for(const CompiledSimulator& simulator, const NamedContext& context) {
  return take_columns(context.values, context_columns(simulator.shape(), simulator.name(), context.variables));
}

Simulations run_simulator(const CompiledSimulator& simulator,
                          Matrix<double> parameters,
                          const NamedContext& context,
                          const std::vector<bool>& flat,
                          const RunRange& range,
                          HostService& host) {
  const auto rows =
      SimulatorRows::consecutive(std::move(parameters), range.first_index, context_for(simulator, context));
  ThreadPool pool(range.cores);
  Simulations simulations;
  simulations.data = simulator.run(rows, range.seed, flat, pool, host.cancel_flag(), simulations.failures);
  return simulations;
}

std::vector<double> log_densities(const Prior& prior, const Matrix<double>& parameters) {
  if (parameters.cols != prior.size()) {
    throw ShapeError("The prior has " + std::to_string(prior.size()) + " parameters, but there are " +
                     std::to_string(parameters.cols) + " columns.");
  }
  std::vector<double> values(static_cast<std::size_t>(parameters.rows));
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    values[static_cast<std::size_t>(i)] = prior.log_density(parameters.row(i));
  }
  return values;
}

}  // namespace amortflow
