#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/spec.h"
#include "simulate/compiled_simulator.h"
#include "simulate/generative_model.h"

namespace amortflow {

/// Finds the table of a simulator that another package registered; nullptr where there is none.
using TableFinder = std::function<const void*(const std::string& package, const std::string& name)>;

/// A model whose prior, context and simulator are all compiled, from
///   list(kind = "compiled", prior = <spec of Prior>, simulator = <spec of a simulator>,
///        observed = <"vector", "exchangeable", "series" or "array" for each observable>,
///        context = list(list(prior = <spec of Prior>, per_batch = <flag>), ...), batch = <simulations that share
///        values of context that are drawn per batch>)
/// context and batch may be left out. Where the prior has a plate, the context value of its name counts the groups of a
/// simulation, and the simulator is called once for each, with the shared and then the local parameters. With "vector",
/// a data set is one row whatever the simulator's positions; with "array", one column of all numbers, position by
/// position.
[[nodiscard]] std::unique_ptr<GenerativeModel> make_compiled_model(const Spec& spec, const TableFinder& find = {});

/// A simulator alone, from list(kind = "cpp", library = <path>, settings = list(name = numbers, ...)), or with
/// `package` and `name` in the place of `library`.
[[nodiscard]] CompiledSimulator make_compiled_simulator(const Spec& spec, const TableFinder& find = {});

}  // namespace amortflow
