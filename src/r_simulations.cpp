#include "r_simulations.h"

#include <string>
#include <vector>

#include <R_ext/Rdynload.h>

#include "r_convert.h"

namespace amortflow {

namespace {

std::vector<SimulationFailure> to_failures(const Rcpp::List& r_failures) {
  const Rcpp::NumericVector r_index = r_failures["index"];
  std::vector<SimulationFailure> failures;
  for (const double index : r_index) failures.push_back({static_cast<std::int64_t>(index) - 1, "", {}});
  return failures;
}

std::vector<double> lengths_of(const Segments& segments) {
  std::vector<double> lengths;
  for (std::int64_t i = 0; i < segments.count(); ++i) lengths.push_back(static_cast<double>(segments.length(i)));
  return lengths;
}

struct RegisteredSymbol {
  const char* package;
  const char* symbol;
  DL_FUNC function;
};

}  // namespace

// Asking R's table of what packages register for what is not there is an error of R.
const void* find_registered(const std::string& package, const std::string& name) {
  const std::string symbol = "amortflow_simulator_" + name;
  RegisteredSymbol found{package.c_str(), symbol.c_str(), nullptr};
  const auto look = [](void* data) {
    auto& entry = *static_cast<RegisteredSymbol*>(data);
    entry.function = R_GetCCallable(entry.package, entry.symbol);
    return R_NilValue;
  };
  R_tryCatchError(
      look, &found, [](SEXP, void*) { return R_NilValue; }, nullptr);
  if (found.function == nullptr) return nullptr;
  return reinterpret_cast<const void* (*)()>(found.function)();
}

Simulations to_simulations(const Rcpp::List& r_simulations) {
  Simulations simulations;
  simulations.parameters = to_matrix(r_simulations["parameters"]);
  simulations.data = to_data(r_simulations["data"]);
  simulations.context = to_matrix(r_simulations["context"]);
  if (r_simulations.containsElementNamed("failures")) {
    simulations.failures = to_failures(r_simulations["failures"]);
  }
  return simulations;
}

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
  return Rcpp::List::create(
      Rcpp::_["parameters"] = from_matrix(simulations.parameters), Rcpp::_["data"] = from_data(simulations.data),
      Rcpp::_["context"] = from_matrix(simulations.context), Rcpp::_["local"] = from_matrix(simulations.local),
      Rcpp::_["groups"] = lengths_of(simulations.groups), Rcpp::_["failures"] = from_failures(simulations.failures));
}

ObservedData to_observed(const Rcpp::List& r_sets) {
  return ObservedData{to_data(r_sets["data"]), to_matrix(r_sets["context"])};
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

}  // namespace amortflow
