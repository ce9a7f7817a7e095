#include "flows/field_options.h"

namespace amortflow {

FieldNetworkOptions read_field_options(SpecReader& reader) {
  FieldNetworkOptions options;
  options.width = reader.integer("width", 1, 4096);
  options.blocks = reader.integer("blocks", 1, 64);
  options.embedding = reader.integer("embedding", 1, 4096);
  options.activation = activation_from(reader.text("activation"));
  return options;
}

OdeOptions read_ode_options(SpecReader& reader, const std::string& solver) {
  OdeOptions options;
  if (solver == "euler") options.method = OdeMethod::kEuler;
  if (solver == "midpoint") options.method = OdeMethod::kMidpoint;
  if (solver == "rk4") options.method = OdeMethod::kRungeKutta4;
  options.steps = reader.integer("steps", 1, 10000);
  options.tolerance = reader.number("tolerance", 1e-6, 1);
  options.max_evaluations = reader.integer("max_evaluations", 10, 1000000);
  return options;
}

TraceOptions read_trace_options(SpecReader& reader) {
  TraceOptions options;
  options.exact = reader.choice("trace", {"exact", "hutchinson"}) == "exact";
  options.probes = reader.integer("probes", 1, 1000);
  return options;
}

}  // namespace amortflow
