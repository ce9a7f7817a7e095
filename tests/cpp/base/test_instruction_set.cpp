#include <string>

#include "base/errors.h"
#include "base/instruction_set.h"
#include "support/catch.h"

using namespace amortflow;

CATCH_TEST_CASE("an empty wish gives the widest instruction set of the machine") {
  CATCH_CHECK(choose_instruction_set("") == widest_instruction_set());
}

CATCH_TEST_CASE("every instruction set up to the widest can be chosen by its name, wider ones are refused") {
  for (const InstructionSet set :
       {InstructionSet::kPortable, InstructionSet::kSse2, InstructionSet::kAvx2, InstructionSet::kAvx512}) {
    if (set <= widest_instruction_set()) {
      CATCH_CHECK(choose_instruction_set(name(set)) == set);
    } else {
      CATCH_CHECK_THROWS_AS(choose_instruction_set(name(set)), ConfigError);
    }
  }
}

CATCH_TEST_CASE("an unknown instruction set is refused") {
  CATCH_CHECK_THROWS_AS(choose_instruction_set("avx1024"), ConfigError);
}
