#pragma once

#include <memory>

#include "base/spec.h"
#include "simulate/compiled_simulator.h"
#include "simulate/generative_model.h"

namespace amortflow {

/// A model whose prior and simulator are both compiled, from
///   list(kind = "compiled", prior = <spec of Prior>, library = <path>, settings = list(name = number, ...),
///        observed = "vector" | "exchangeable" | "series")
/// `settings` may be left out. With "vector", a data set is one row whatever the simulator's positions.
[[nodiscard]] std::unique_ptr<GenerativeModel> make_compiled_model(const Spec& spec);

/// A simulator alone, from list(kind = "cpp", library = <path>, settings = list(name = number, ...)).
[[nodiscard]] CompiledSimulator make_compiled_simulator(const Spec& spec);

}  // namespace amortflow
