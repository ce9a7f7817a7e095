#include <Rcpp.h>
#include <vector>

#include "r_convert.h"
#include "r_errors.h"
#include "r_simulations.h"
#include "simulate/compiled_model.h"
#include "simulate/simulation_run.h"
#include "simulate/worker_rows.h"

using namespace amortflow;

namespace {

WorkerRows to_worker_rows(const Rcpp::List& r_given) {
  WorkerRows given;
  given.abi_version = static_cast<std::uint32_t>(Rcpp::as<double>(r_given["abi"]));
  for (const double row : Rcpp::as<std::vector<double>>(r_given["failed"])) {
    given.failed.push_back(static_cast<std::int64_t>(row) - 1);
  }
  given.messages = Rcpp::as<std::vector<std::string>>(r_given["messages"]);
  const Rcpp::List r_lengths = r_given["lengths"], r_values = r_given["values"];
  for (R_xlen_t k = 0; k < r_values.size(); ++k) {
    const auto lengths = Rcpp::as<std::vector<double>>(r_lengths[k]);
    given.lengths.emplace_back(lengths.begin(), lengths.end());
    given.values.push_back(Rcpp::as<std::vector<double>>(r_values[k]));
  }
  return given;
}

}  // namespace

// The columns of r_context, which are called r_names, that the simulator takes, in its order.
// [[Rcpp::export(rng = false)]]
Rcpp::NumericMatrix core_simulator_context(Rcpp::List r_simulator,
                                           Rcpp::NumericMatrix r_context,
                                           std::vector<std::string> r_names) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator));
    return from_matrix(context_for(simulator, {to_matrix(r_context), r_names}));
  });
}

// What core_run_simulator() gives, of what amortflow_worker_run() gave elsewhere; r_context in the simulator's order.
// [[Rcpp::export(rng = false)]]
Rcpp::List core_take_worker_rows(Rcpp::List r_simulator,
                                 std::vector<bool> r_flat,
                                 Rcpp::NumericMatrix r_parameters,
                                 Rcpp::NumericMatrix r_context,
                                 double first_index,
                                 Rcpp::List r_given) {
  return guarded([&] {
    const CompiledSimulator simulator = make_compiled_simulator(to_spec(r_simulator));
    const auto rows = SimulatorRows::consecutive(to_matrix(r_parameters), static_cast<std::int64_t>(first_index),
                                                 to_matrix(r_context));
    Simulations simulations;
    simulations.data = take_worker_rows(to_worker_rows(r_given), simulator.shape(), rows, r_flat, simulations.failures);
    return from_simulations(simulations);
  });
}
