#pragma once

#include "base/instruction_set.h"
#include "kernels/kernels.h"

namespace amortflow {

/// The kernels of `wanted_instruction_set()`: the widest that this machine has, or what AMORTFLOW_ISA names. Chosen at
/// the first call. Throws ConfigError if the name is unknown or the machine lacks the instruction set.
[[nodiscard]] const Kernels& kernels();

/// The name of the instruction set of `kernels()`. It is part of what makes results reproducible bit by bit.
[[nodiscard]] const char* instruction_set();

/// The kernels of one instruction set; ConfigError if the machine lacks it.
[[nodiscard]] const Kernels& kernels_for(InstructionSet set);

}  // namespace amortflow
