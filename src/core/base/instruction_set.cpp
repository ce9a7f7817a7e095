#include "base/instruction_set.h"

#include <cstdlib>
#include <initializer_list>

#include "base/errors.h"

namespace amortflow {

const char* name(InstructionSet set) {
  switch (set) {
    case InstructionSet::kSse2: return "sse2";
    case InstructionSet::kAvx2: return "avx2";
    case InstructionSet::kAvx512: return "avx512";
    case InstructionSet::kPortable: break;
  }
  return "portable";
}

InstructionSet widest_instruction_set() {
#if defined(__x86_64__) && defined(__GNUC__)
  __builtin_cpu_init();
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) return InstructionSet::kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return InstructionSet::kAvx2;
  return InstructionSet::kSse2;
#else
  return InstructionSet::kPortable;
#endif
}

InstructionSet choose_instruction_set(const std::string& wanted) {
  const InstructionSet widest = widest_instruction_set();
  if (wanted.empty()) return widest;
  for (const InstructionSet set :
       {InstructionSet::kPortable, InstructionSet::kSse2, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (wanted != name(set)) continue;
    if (set > widest) {
      throw ConfigError(
          "The instruction set \"" + wanted + "\" is not available on this machine.",
          std::string("The widest here is \"") + name(widest) + "\": unset AMORTFLOW_ISA or set it lower.");
    }
    return set;
  }
  throw ConfigError(
      "The instruction set must be \"portable\", \"sse2\", \"avx2\" or \"avx512\", not \"" + wanted + "\".",
      "Unset the environment variable AMORTFLOW_ISA or set it to one of these.");
}

InstructionSet wanted_instruction_set() {
  const char* wanted = std::getenv("AMORTFLOW_ISA");
  return choose_instruction_set(wanted == nullptr ? "" : wanted);
}

}  // namespace amortflow
