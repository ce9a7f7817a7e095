#include <string>

#include "base/errors.h"
#include "kernels/dispatch.h"
#include "support/catch.h"

using namespace amortflow;

CATCH_TEST_CASE("every instruction set of the machine has kernels of its own name, others are refused") {
  for (const InstructionSet set :
       {InstructionSet::kPortable, InstructionSet::kSse2, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (set <= widest_instruction_set()) {
      CATCH_CHECK(std::string(kernels_for(set).name) == name(set));
    } else {
      CATCH_CHECK_THROWS_AS(kernels_for(set), ConfigError);
    }
  }
}

CATCH_TEST_CASE("the kernels in use are those that are wanted") {
  CATCH_CHECK(std::string(instruction_set()) == name(wanted_instruction_set()));
}
