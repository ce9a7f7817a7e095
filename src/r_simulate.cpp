#include <Rcpp.h>
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include "r_convert.h"
#include "r_errors.h"
#include "r_run_context.h"
#include "r_simulations.h"
#include "simulate/compiled_model.h"
#include "simulate/context.h"
#include "simulate/distributions.h"
#include "simulate/expression_functions.h"
#include "simulate/host_generator.h"
#include "simulate/prior.h"
#include "simulate/prior_draws.h"
#include "simulate/simulation_run.h"
#include "simulate/vector_distributions.h"

using namespace amortflow;

namespace {

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

const char* name_of(VectorDistribution::Size size) {
  using Size = VectorDistribution::Size;
  return size == Size::kNumber ? "number" : size == Size::kVector ? "vector" : "matrix";
}

Rcpp::List describe_distribution(const std::vector<const char*>& arguments,
                                 const std::vector<std::string>& sizes,
                                 const char* value,
                                 bool discrete) {
  return Rcpp::List::create(Rcpp::_["arguments"] = Rcpp::CharacterVector(arguments.begin(), arguments.end()),
                            Rcpp::_["sizes"] = sizes, Rcpp::_["value"] = value, Rcpp::_["discrete"] = discrete);
}

// Columns count from 1.
Rcpp::List from_support(const Support& support) {
  Rcpp::List r_shapes;
  for (const auto& shape : support.shapes) {
    Rcpp::NumericVector columns(static_cast<R_xlen_t>(shape.count));
    std::iota(columns.begin(), columns.end(), static_cast<double>(shape.first + 1));
    r_shapes.push_back(Rcpp::List::create(Rcpp::_["kind"] = shape.kind, Rcpp::_["columns"] = columns,
                                          Rcpp::_["dim"] = static_cast<double>(shape.dim)));
  }
  return Rcpp::List::create(Rcpp::_["lower"] = support.lower, Rcpp::_["upper"] = support.upper,
                            Rcpp::_["discrete"] = support.discrete, Rcpp::_["shapes"] = r_shapes);
}

PriorContext to_context(const Rcpp::List& r_context) {
  PriorContext context;
  context.given = to_matrix(r_context["given"]);
  const Rcpp::NumericVector groups = r_context["groups"];
  for (const double count : groups) context.groups.push_back(static_cast<std::int64_t>(count));
  return context;
}

}  // namespace

// Distributions of priors by name, each list(arguments, sizes, value, discrete): sizes are "number", "vector" or
// "matrix", one per argument; value is "elements" for univariate distributions, else one of these.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_distributions() {
  Rcpp::List r_distributions;
  for (const auto& d : distributions()) {
    const std::vector<std::string> sizes(d.arguments.size(), "number");
    r_distributions[d.name] = describe_distribution(d.arguments, sizes, "elements", d.discrete);
  }
  for (const auto& d : vector_distributions()) {
    std::vector<std::string> sizes;
    for (const auto size : d.argument_sizes) sizes.push_back(name_of(size));
    r_distributions[d.name] = describe_distribution(d.arguments, sizes, name_of(d.value), d.discrete);
  }
  return r_distributions;
}

// Names of the functions that expressions of priors may use.
// [[Rcpp::export(rng = false)]]
Rcpp::CharacterVector core_prior_functions() { return Rcpp::wrap(expression_function_names()); }

// list(variables, support, plate, local_variables, local_support); an error if the spec makes no sense.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_describe_prior(Rcpp::List r_prior) {
  return guarded([&] {
    const Prior prior(to_spec(r_prior));
    return Rcpp::List::create(Rcpp::_["variables"] = prior.variables(),
                              Rcpp::_["support"] = from_support(prior.support()), Rcpp::_["plate"] = prior.plate(),
                              Rcpp::_["local_variables"] = prior.local_variables(),
                              Rcpp::_["local_support"] = from_support(prior.local_support()));
  });
}

// r_range: list(first_index, count, seed, cores, stop_on_failure); r_context: list(given = <matrix: none, one or all
// rows>, groups = <numbers of groups, or none>). Gives list(parameters, local, failures); failures count from 1.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_draw_prior(Rcpp::List r_prior, Rcpp::List r_range, Rcpp::List r_context) {
  return guarded([&] {
    const Prior prior(to_spec(r_prior));
    const RunRange range = to_range(r_range);
    const PriorContext context = to_context(r_context);
    HostService host(make_run_context(R_NilValue));
    PriorDraws draws;
    std::vector<SimulationFailure> failures;
    run_interruptible(host, [&] { draws = run_prior(prior, context, range, host, failures); });
    return Rcpp::List::create(Rcpp::_["parameters"] = from_matrix(draws.shared),
                              Rcpp::_["local"] = from_rows(draws.local), Rcpp::_["failures"] = from_failures(failures));
  });
}

// One log density per row of parameters; r_given has no, one or as many rows.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_prior_log_density(Rcpp::List r_prior,
                                           Rcpp::NumericMatrix r_parameters,
                                           Rcpp::NumericMatrix r_given) {
  return guarded(
      [&] { return Rcpp::wrap(log_densities(Prior(to_spec(r_prior)), to_matrix(r_parameters), to_matrix(r_given))); });
}

// One log density per row of local parameters, given the shared parameters in the same row.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericVector core_prior_local_log_density(Rcpp::List r_prior,
                                                 Rcpp::NumericMatrix r_parameters,
                                                 Rcpp::NumericMatrix r_local,
                                                 Rcpp::NumericMatrix r_given) {
  return guarded([&] {
    return Rcpp::wrap(
        local_log_densities(Prior(to_spec(r_prior)), to_matrix(r_parameters), to_matrix(r_local), to_matrix(r_given)));
  });
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
// r_context are called r_names. r_groups: groups of each simulation, whose rows these are; none without a plate.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_run_simulator(Rcpp::List r_simulator,
                              std::vector<bool> r_flat,
                              Rcpp::NumericMatrix r_parameters,
                              Rcpp::NumericMatrix r_context,
                              std::vector<std::string> r_names,
                              std::vector<double> r_groups,
                              Rcpp::List r_range) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator), find_registered);
    const RunRange range = to_range(r_range);
    HostService host(make_run_context(R_NilValue));
    const NamedContext context{to_matrix(r_context), r_names};
    const Segments groups = Segments::of_lengths({r_groups.begin(), r_groups.end()});
    Simulations simulations;
    run_interruptible(host, [&] {
      simulations = run_simulator(simulator, to_matrix(r_parameters), context, groups, r_flat, range, host);
    });
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
