#include <Rcpp.h>
#include <algorithm>
#include <string>
#include <vector>

#include <R_ext/Rdynload.h>

#include "r_convert.h"
#include "r_errors.h"
#include "r_run_context.h"
#include "r_simulations.h"
#include "simulate/compiled_model.h"
#include "simulate/context.h"
#include "simulate/distributions.h"
#include "simulate/host_generator.h"
#include "simulate/prior.h"
#include "simulate/simulation_run.h"

using namespace amortflow;

namespace {

/// R keeps a table of what packages register; asking for what is not there is an error of R.
const void* find_registered(const std::string& package, const std::string& name) {
  const std::string symbol = "amortflow_simulator_" + name;
  const auto function = reinterpret_cast<const void* (*)()>(R_GetCCallable(package.c_str(), symbol.c_str()));
  return function();
}

Rcpp::List from_shape(const SimulatorShape& shape) {
  Rcpp::List r_observables, r_context;
  for (const auto& one : shape.observables) {
    r_observables.push_back(Rcpp::List::create(Rcpp::_["name"] = one.name, Rcpp::_["positions"] = one.positions,
                                               Rcpp::_["variables"] = one.variables, Rcpp::_["names"] = one.names));
  }
  for (const auto& value : shape.context) r_context[value.name] = static_cast<double>(value.length);
  return Rcpp::List::create(Rcpp::_["parameters"] = shape.parameters, Rcpp::_["observables"] = r_observables,
                            Rcpp::_["context"] = r_context);
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
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator), find_registered);
    return Rcpp::List::create(Rcpp::_["name"] = simulator.name(), Rcpp::_["shape"] = from_shape(simulator.shape()),
                              Rcpp::_["has_log_lik"] = simulator.has_log_lik());
  });
}

// r_model: the spec of make_compiled_model(). Gives what from_simulations() says; failures count from 1.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_simulate(Rcpp::List r_model, Rcpp::List r_range, Rcpp::RObject r_progress) {
  return guarded([&] {
    const auto model = make_compiled_model(to_spec(r_model), find_registered);
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(r_progress));
    Simulations simulations;
    run_interruptible(host, [&] { simulations = run_model(*model, range, host); });
    return from_simulations(simulations);
  });
}

// r_context: the parts of a model's context. Gives list(parameters = <the context>, failures).
// [[Rcpp::export(rng = false)]]
Rcpp::List core_draw_context(Rcpp::List r_context, double batch, Rcpp::List r_range) {
  return guarded([&] {
    const Context context(to_spec(r_context), static_cast<std::int64_t>(batch));
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(R_NilValue));
    Simulations draws;
    run_interruptible(host, [&] { draws = run_context(context, range, host); });
    return Rcpp::List::create(Rcpp::_["parameters"] = from_matrix(draws.context),
                              Rcpp::_["failures"] = from_failures(draws.failures));
  });
}

// One data set per row of parameters, by a compiled simulator; r_flat: which observables are vectors. The columns of
// r_context are called r_names.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_run_simulator(Rcpp::List r_simulator,
                              std::vector<bool> r_flat,
                              Rcpp::NumericMatrix r_parameters,
                              Rcpp::NumericMatrix r_context,
                              std::vector<std::string> r_names,
                              Rcpp::List r_range) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator), find_registered);
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(R_NilValue));
    const NamedContext context{to_matrix(r_context), r_names};
    Simulations simulations;
    run_interruptible(
        host, [&] { simulations = run_simulator(simulator, to_matrix(r_parameters), context, r_flat, range, host); });
    return from_simulations(simulations);
  });
}

// [rows of parameters, positions]: pointwise log densities of one data set; r_data: one matrix per observable.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_log_lik(Rcpp::List r_simulator,
                                 Rcpp::NumericMatrix r_parameters,
                                 Rcpp::NumericMatrix r_context,
                                 std::vector<std::string> r_names,
                                 Rcpp::List r_data) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator), find_registered);
    std::vector<Matrix<double>> data;
    for (R_xlen_t k = 0; k < r_data.size(); ++k) data.push_back(to_matrix(r_data[k]));
    const NamedContext context{to_matrix(r_context), r_names};
    return from_matrix(simulator.log_lik(to_matrix(r_parameters), context_for(simulator, context), data));
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
