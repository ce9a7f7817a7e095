#include "kernels/dispatch.h"

namespace amortflow {

namespace portable {
const Kernels& table() noexcept;
}
#if defined(__x86_64__)
namespace sse2 {
const Kernels& table() noexcept;
}
namespace avx2 {
const Kernels& table() noexcept;
}
namespace avx512 {
const Kernels& table() noexcept;
}
#endif

const Kernels& kernels_for(InstructionSet set) {
  switch (choose_instruction_set(name(set))) {  // throws where the machine lacks it
#if defined(__x86_64__)
    case InstructionSet::kSse2: return sse2::table();
    case InstructionSet::kAvx2: return avx2::table();
    case InstructionSet::kAvx512: return avx512::table();
#endif
    default: return portable::table();
  }
}

const Kernels& kernels() {
  static const Kernels& table = kernels_for(wanted_instruction_set());
  return table;
}

const char* instruction_set() { return kernels().name; }

}  // namespace amortflow
