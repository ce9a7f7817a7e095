#pragma once

#include <string>

namespace amortflow {

/// Instruction sets that kernels exist for, each including those before it.
enum class InstructionSet { kPortable, kSse2, kAvx2, kAvx512 };

/// "portable", "sse2", "avx2" or "avx512".
[[nodiscard]] const char* name(InstructionSet set);

/// The widest that this machine has. AVX2 means AVX2 with FMA; AVX-512 means F, BW, DQ and VL.
[[nodiscard]] InstructionSet widest_instruction_set();

/// The one to use: the widest, or the one that `wanted` names, if it is not empty. Throws ConfigError if `wanted` is
/// unknown or wider than the machine's.
[[nodiscard]] InstructionSet choose_instruction_set(const std::string& wanted);

/// `choose_instruction_set` of the environment variable AMORTFLOW_ISA.
[[nodiscard]] InstructionSet wanted_instruction_set();

}  // namespace amortflow
