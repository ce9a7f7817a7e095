#pragma once

#include <functional>
#include <string>
#include <vector>

#include "settings.h"

namespace amortflow::bench {

/// One benchmark, which prints one line or a few, all of whose names begin with `name`.
struct Case {
  std::string name;
  bool uses_blas = false;   ///< its baseline does, so it is run with each core type
  bool runs_alone = false;  ///< in a process of its own
  std::function<void(const Settings&)> run;
};

/// Training steps on one core against eager LibTorch.
[[nodiscard]] std::vector<Case> training_cases();
/// Two cores against one.
[[nodiscard]] std::vector<Case> two_core_cases();
/// Steps on a CUDA device, captured as graphs and not; left out where there is none.
[[nodiscard]] std::vector<Case> device_cases();
/// Two threads against one beside a process that keeps one core busy.
[[nodiscard]] std::vector<Case> busy_neighbour_cases();
/// Draws for many data sets: speed and memory.
[[nodiscard]] std::vector<Case> sampling_cases();
/// The micro-kernel against BLAS and libxsmm.
[[nodiscard]] std::vector<Case> product_cases();

}  // namespace amortflow::bench
