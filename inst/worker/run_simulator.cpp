// Runs a simulator in an R process without this package: compiled there together with the simulator's own file, against
// the public headers and R's. What comes back is as the simulator gave it; the process that asked looks for failures.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "amortflow/table.hpp"

#define R_NO_REMAP
#include <R.h>
#include <Rinternals.h>

#include <R_ext/Rdynload.h>
#include <R_ext/Utils.h>

extern "C" const amortflow::simulator_table amortflow_simulator;

namespace {

struct Observable {
  std::int64_t positions = 0;
  std::int64_t variables = 0;
  std::vector<std::int64_t> lengths{};  // where they vary
  std::vector<double> values{};
};

struct Shape {
  std::int64_t parameters = 0;
  std::int64_t context = 0;
  std::vector<Observable> observables{};
};

/// All that a run gives, and where it is.
struct Run {
  Shape shape{};
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::vector<int> failed{};
  std::vector<std::string> messages{};
  std::string problem{};
};

struct Input {
  const double* theta = nullptr;
  const double* context = nullptr;
  std::vector<std::uint64_t> indices{};
  std::vector<std::uint32_t> purposes{};
  std::uint64_t seed = 0;
};

bool read_shape(const void* settings, Shape& shape, char* message, std::size_t capacity) {
  amortflow::shape_visitor visitor{};
  visitor.host = &shape;
  visitor.parameters = [](void* host, std::int64_t n) { static_cast<Shape*>(host)->parameters = n; };
  visitor.context = [](void* host, const char*, std::int64_t n) { static_cast<Shape*>(host)->context += n; };
  visitor.observable = [](void* host, const char*, std::int64_t positions, std::int64_t variables) {
    static_cast<Shape*>(host)->observables.push_back({std::max<std::int64_t>(positions, 0), variables});
  };
  visitor.variable = [](void*, const char*) {};
  return amortflow_simulator.shape(settings, &visitor, message, capacity);
}

bool interrupted() {
  return R_ToplevelExec([](void*) { R_CheckUserInterrupt(); }, nullptr) == FALSE;
}

bool all_finite(const double* values, std::int64_t count) {
  return std::all_of(values, values + count, [](double v) { return std::isfinite(v); });
}

void take(void* host, std::int64_t k, const std::int64_t* lengths, const double* values) {
  auto& run = *static_cast<Run*>(host);
  auto& one = run.shape.observables[static_cast<std::size_t>(k)];
  std::int64_t rows = 0;
  for (std::int64_t i = 0; i < run.to - run.from; ++i) {
    one.lengths[static_cast<std::size_t>(run.from + i)] = lengths[i];
    rows += lengths[i];
  }
  one.values.insert(one.values.end(), values, values + rows * one.variables);
}

/// Simulations [run.from, run.to); false if interrupted.
bool call(const void* settings, const Input& input, Run& run) {
  std::vector<double*> out;
  for (auto& one : run.shape.observables) {
    out.push_back(one.positions > 0 ? one.values.data() + run.from * one.positions * one.variables : nullptr);
  }
  amortflow::run_request request{};
  request.seed = input.seed;
  request.indices = input.indices.data() + run.from;
  request.purposes = input.purposes.data() + run.from;
  request.count = run.to - run.from;
  request.theta = input.theta + run.from * run.shape.parameters;
  request.context = input.context + run.from * run.shape.context;
  request.out = out.data();
  request.host = &run;
  request.cancelled = [](const void*) { return interrupted(); };
  request.failed = [](void* host, std::int64_t row, const char* message) {
    auto& of = *static_cast<Run*>(host);
    of.failed.push_back(static_cast<int>(of.from + row + 1));
    of.messages.emplace_back(message);
  };
  request.take = take;
  return amortflow_simulator.run(settings, &request) == request.count;
}

/// Numbers that are not finite stay away from users' code.
bool run_all(const void* settings, const Input& input, Run& run) {
  const auto count = static_cast<std::int64_t>(input.indices.size());
  const auto usable = [&](std::int64_t row) {
    return all_finite(input.theta + row * run.shape.parameters, run.shape.parameters) &&
           all_finite(input.context + row * run.shape.context, run.shape.context);
  };
  for (auto& one : run.shape.observables) {
    one.lengths.assign(static_cast<std::size_t>(one.positions > 0 ? 0 : count), 0);
    one.values.assign(static_cast<std::size_t>(count * one.positions * one.variables), NAN);
  }
  for (std::int64_t row = 0; row < count; row = run.to) {
    run.from = row;
    run.to = row + 1;
    if (!usable(row)) continue;
    while (run.to < count && usable(run.to)) ++run.to;
    if (!call(settings, input, run)) return false;
  }
  return true;
}

void* make_settings(SEXP r_settings, std::string& problem) {
  SEXP r_names = Rf_getAttrib(r_settings, R_NamesSymbol);
  std::vector<const char*> names;
  std::vector<const double*> values;
  std::vector<std::int64_t> lengths;
  for (R_xlen_t i = 0; i < Rf_xlength(r_settings); ++i) {
    names.push_back(CHAR(STRING_ELT(r_names, i)));
    values.push_back(REAL(VECTOR_ELT(r_settings, i)));
    lengths.push_back(Rf_xlength(VECTOR_ELT(r_settings, i)));
  }
  char message[512] = "";
  void* settings = amortflow_simulator.make(names.data(), values.data(), lengths.data(),
                                            static_cast<std::int64_t>(names.size()), message, sizeof message);
  if (settings == nullptr) problem = message;
  return settings;
}

/// Everything of C++ ends in here, because R's errors would jump over it.
Run run_simulator(SEXP r_theta, SEXP r_context, SEXP r_indices, SEXP r_purposes, double seed, SEXP r_settings) {
  Run run;
  void* settings = make_settings(r_settings, run.problem);
  if (settings == nullptr) return run;
  char message[512] = "";
  Input input;
  input.theta = REAL(r_theta);
  input.context = REAL(r_context);
  input.seed = static_cast<std::uint64_t>(seed);
  for (R_xlen_t i = 0; i < Rf_xlength(r_indices); ++i) {
    input.indices.push_back(static_cast<std::uint64_t>(REAL(r_indices)[i]));
    input.purposes.push_back(static_cast<std::uint32_t>(REAL(r_purposes)[i]));
  }
  const auto rows = static_cast<std::int64_t>(input.indices.size());
  if (!read_shape(settings, run.shape, message, sizeof message)) {
    run.problem = message;
  } else if (Rf_xlength(r_theta) != rows * run.shape.parameters || Rf_xlength(r_context) != rows * run.shape.context) {
    run.problem = "it takes other numbers of parameters or context values";
  } else if (!run_all(settings, input, run)) {
    run.problem = "it was interrupted";
  }
  amortflow_simulator.destroy(settings);
  return run;
}

template <class Values>
SEXP numbers(const Values& values) {
  SEXP r_values = Rf_allocVector(REALSXP, static_cast<R_xlen_t>(values.size()));
  std::copy(values.begin(), values.end(), REAL(r_values));
  return r_values;
}

/// list(abi, problem, failed, messages, lengths, values); the last two have an entry per observable.
SEXP to_list(const Run& run) {
  const auto count = static_cast<R_xlen_t>(run.shape.observables.size());
  SEXP r_run = PROTECT(Rf_allocVector(VECSXP, 6));
  SET_VECTOR_ELT(r_run, 0, Rf_ScalarReal(static_cast<double>(amortflow_simulator.abi_version)));
  SET_VECTOR_ELT(r_run, 1, Rf_mkString(run.problem.c_str()));
  SET_VECTOR_ELT(r_run, 2, numbers(run.failed));
  SEXP r_messages = SET_VECTOR_ELT(r_run, 3, Rf_allocVector(STRSXP, static_cast<R_xlen_t>(run.messages.size())));
  for (R_xlen_t i = 0; i < Rf_xlength(r_messages); ++i) {
    SET_STRING_ELT(r_messages, i, Rf_mkCharCE(run.messages[static_cast<std::size_t>(i)].c_str(), CE_UTF8));
  }
  SEXP r_lengths = SET_VECTOR_ELT(r_run, 4, Rf_allocVector(VECSXP, count));
  SEXP r_values = SET_VECTOR_ELT(r_run, 5, Rf_allocVector(VECSXP, count));
  for (R_xlen_t k = 0; k < count; ++k) {
    const auto& one = run.shape.observables[static_cast<std::size_t>(k)];
    SET_VECTOR_ELT(r_lengths, k, numbers(one.lengths));
    SET_VECTOR_ELT(r_values, k, numbers(one.values));
  }
  const char* fields[] = {"abi", "problem", "failed", "messages", "lengths", "values"};
  SEXP r_names = PROTECT(Rf_allocVector(STRSXP, 6));
  for (int i = 0; i < 6; ++i) SET_STRING_ELT(r_names, i, Rf_mkChar(fields[i]));
  Rf_setAttrib(r_run, R_NamesSymbol, r_names);
  UNPROTECT(2);
  return r_run;
}

}  // namespace

/// theta and context hold one row after the other; settings is a named list of numbers.
extern "C" SEXP amortflow_worker_run(SEXP theta, SEXP context, SEXP indices, SEXP purposes, SEXP seed, SEXP settings) {
  static_assert(sizeof(double) == 8, "R's numbers");
  try {
    return to_list(run_simulator(theta, context, indices, purposes, Rf_asReal(seed), settings));
  } catch (...) {
    Run run;
    run.problem = "there is not enough memory";
    return to_list(run);
  }
}
