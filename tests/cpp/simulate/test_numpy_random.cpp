#include <vector>

#include "amortflow/examples/numpy_random.hpp"
#include "support/catch.h"

// numpy.random.RandomState(42).randn(5), as numpy prints it at full precision.
CATCH_TEST_CASE("normal numbers are numpy's") {
  amortflow::examples::numpy_random random(42);
  for (const double known :
       {0.4967141530112327, -0.13826430117118466, 0.6476885381006925, 1.5230298564080254, -0.23415337472333597}) {
    CATCH_CHECK(random.normal() == Catch::Approx(known).epsilon(1e-15));
  }
}

CATCH_TEST_CASE("a permutation holds every number once") {
  amortflow::examples::numpy_random random(1);
  const auto order = random.permutation(100);
  std::vector<bool> seen(100, false);
  for (const auto i : order) seen.at(i) = true;
  CATCH_CHECK(seen == std::vector<bool>(100, true));
}
