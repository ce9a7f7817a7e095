#include <Rcpp.h>
#include <algorithm>

#include "r_convert.h"
#include "r_errors.h"
#include "r_run_context.h"
#include "simulate/compiled_model.h"
#include "simulate/distributions.h"
#include "simulate/host_generator.h"
#include "simulate/prior.h"
#include "simulate/simulation_run.h"

using namespace amortflow;

namespace {

Rcpp::List from_failures(const std::vector<SimulationFailure>& failures) {
  const auto n = static_cast<R_xlen_t>(failures.size());
  Rcpp::NumericVector index(n);
  Rcpp::CharacterVector message(n), kind(n);
  for (R_xlen_t i = 0; i < n; ++i) {
    const SimulationFailure& failure = failures[static_cast<std::size_t>(i)];
    index[i] = static_cast<double>(failure.index) + 1;
    message[i] = failure.message;
    kind[i] = failure.kind == FailureKind::kError ? "error" : "nonfinite";
  }
  return Rcpp::List::create(Rcpp::_["index"] = index, Rcpp::_["message"] = message, Rcpp::_["kind"] = kind);
}

Rcpp::List from_simulations(const Simulations& simulations) {
  return Rcpp::List::create(Rcpp::_["parameters"] = from_matrix(simulations.parameters),
                            Rcpp::_["rows"] = from_rows(simulations.data),
                            Rcpp::_["failures"] = from_failures(simulations.failures));
}

RunRange to_range(const Rcpp::List& r_range) {
  RunRange range;
  range.first_index = static_cast<std::int64_t>(Rcpp::as<double>(r_range["first_index"]));
  range.count = static_cast<std::int64_t>(Rcpp::as<double>(r_range["count"]));
  range.seed = static_cast<std::uint64_t>(Rcpp::as<double>(r_range["seed"]));
  range.cores = Rcpp::as<int>(r_range["cores"]);
  range.stop_on_failure = Rcpp::as<bool>(r_range["stop_on_failure"]);
  return range;
}

}  // namespace

// Names and argument names of all distributions of priors.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_distributions() {
  Rcpp::List r_distributions;
  for (const auto& distribution : distributions()) {
    r_distributions[distribution.name] =
        Rcpp::CharacterVector(distribution.arguments.begin(), distribution.arguments.end());
  }
  return r_distributions;
}

// list(variables, lower, upper); an error if the spec makes no sense.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_describe_prior(Rcpp::List r_prior) {
  return guarded([&] {
    const Prior prior(to_spec(r_prior));
    return Rcpp::List::create(Rcpp::_["variables"] = prior.variables(), Rcpp::_["lower"] = prior.support().lower,
                              Rcpp::_["upper"] = prior.support().upper);
  });
}

// r_range: list(first_index, count, seed, cores, stop_on_failure). Gives list(parameters, failures); failures count
// from 1.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_draw_prior(Rcpp::List r_prior, Rcpp::List r_range) {
  return guarded([&] {
    const Prior prior(to_spec(r_prior));
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(R_NilValue));
    Simulations draws;
    run_interruptible(host, [&] { draws = run_prior(prior, range, host); });
    return Rcpp::List::create(Rcpp::_["parameters"] = from_matrix(draws.parameters),
                              Rcpp::_["failures"] = from_failures(draws.failures));
  });
}

// One log density per row of parameters.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_prior_log_density(Rcpp::List r_prior, Rcpp::NumericMatrix r_parameters) {
  return guarded([&] { return Rcpp::wrap(log_densities(Prior(to_spec(r_prior)), to_matrix(r_parameters))); });
}

// [[Rcpp::export(rng = false)]]
Rcpp::List core_describe_simulator(Rcpp::List r_simulator) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator));
    return Rcpp::List::create(Rcpp::_["name"] = simulator.name(), Rcpp::_["parameters"] = simulator.parameters(),
                              Rcpp::_["positions"] = simulator.positions(),
                              Rcpp::_["variables"] = simulator.variables());
  });
}

// r_model: the spec of make_compiled_model(). Gives list(parameters, rows, failures); failures count from 1.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_simulate(Rcpp::List r_model, Rcpp::List r_range, Rcpp::RObject r_progress) {
  return guarded([&] {
    const auto model = make_compiled_model(to_spec(r_model));
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(r_progress));
    Simulations simulations;
    run_interruptible(host, [&] { simulations = run_model(*model, range, host); });
    return from_simulations(simulations);
  });
}

// One data set per row of parameters, by a compiled simulator. Gives list(parameters, rows, failures).
// [[Rcpp::export(rng = false)]]
Rcpp::List core_run_simulator(Rcpp::List r_simulator, bool flat, Rcpp::NumericMatrix r_parameters, Rcpp::List r_range) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator));
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(R_NilValue));
    Simulations simulations;
    simulations.parameters = to_matrix(r_parameters);
    run_interruptible(host, [&] { run_simulator(simulator, flat, range, host, simulations); });
    return from_simulations(simulations);
  });
}

// States of R's generator "L'Ecuyer-CMRG" for R simulations first_index, ...: 12 numbers a column, 6 for the simulator
// and 6 for the prior.
// [[Rcpp::export(rng = false)]]
Rcpp::IntegerMatrix core_host_streams(double first_index, double count, double seed) {
  Rcpp::IntegerMatrix r_states(12, static_cast<int>(count));
  for (int i = 0; i < r_states.ncol(); ++i) {
    const auto index = static_cast<std::uint64_t>(first_index) + static_cast<std::uint64_t>(i);
    const auto state = host_generator_state(static_cast<std::uint64_t>(seed), index);
    std::copy(state.begin(), state.end(), r_states.column(i).begin());
  }
  return r_states;
}
