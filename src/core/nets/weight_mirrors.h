#pragma once

#include "base/parameter_store.h"

namespace amortflow {

/// Writes the transposes of all matrices of weights, unless they are up to date. Not while networks run.
void refresh_mirrors(ParameterStore& store);

}  // namespace amortflow
