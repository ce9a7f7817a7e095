#pragma once

#include <Rcpp.h>
#include <string>

#include "sample/conditions.h"
#include "simulate/generative_model.h"
#include "simulate/simulation_run.h"

namespace amortflow {

/// R's list(parameters = <matrix>, data = <list of rows>, context = <matrix>, local = <matrix>, groups = <groups of
/// each simulation>, failures = list(index, message, kind)). Indices count from 1 in R. Of these, `to_simulations`
/// needs parameters, data and context only.
[[nodiscard]] Simulations to_simulations(const Rcpp::List& r_simulations);
[[nodiscard]] Rcpp::List from_simulations(const Simulations& simulations);
[[nodiscard]] Rcpp::List from_failures(const std::vector<SimulationFailure>& failures);

/// The table of a simulator that `package` registered, for make_compiled_model(); nullptr where there is none.
[[nodiscard]] const void* find_registered(const std::string& package, const std::string& name);

/// list(data = <list of rows>, context = <matrix>)
[[nodiscard]] ObservedData to_observed(const Rcpp::List& r_sets);

/// list(first_index, count, seed, cores, stop_on_failure)
[[nodiscard]] RunRange to_range(const Rcpp::List& r_range);

}  // namespace amortflow
