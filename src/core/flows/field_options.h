#pragma once

#include <string>

#include "base/spec.h"
#include "flows/path_field.h"

namespace amortflow {

/// What the specs of flow matching, diffusion and consistency models have in common, each read from its keys.

/// width, blocks, embedding, activation.
[[nodiscard]] FieldNetworkOptions read_field_options(SpecReader& reader);
/// steps, tolerance, max_evaluations. A solver that is none of "euler", "midpoint" and "rk4" counts as adaptive.
[[nodiscard]] OdeOptions read_ode_options(SpecReader& reader, const std::string& solver);
/// trace, probes.
[[nodiscard]] TraceOptions read_trace_options(SpecReader& reader);

}  // namespace amortflow
