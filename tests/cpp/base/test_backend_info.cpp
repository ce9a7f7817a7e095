#include <cmath>
#include <thread>

#include "base/backend_info.h"
#include "support/catch.h"

using namespace amortflow;

CATCH_TEST_CASE("usable cores are at least one and at most the machine's") {
  const unsigned machine = std::thread::hardware_concurrency();
  CATCH_CHECK(usable_cores() >= 1);
  if (machine > 0) CATCH_CHECK(usable_cores() <= static_cast<int>(machine));
}

CATCH_TEST_CASE("an address is traced to the library that holds it") {
  double (*function)(double) = &std::cos;
  const std::string library = library_of_address(reinterpret_cast<const void*>(function));
  CATCH_CHECK_FALSE(library.empty());
  CATCH_CHECK(library_of_symbol(library, "cos") == library);
}

CATCH_TEST_CASE("what is not loaded has no symbols and no name") {
  CATCH_CHECK(library_of_address(nullptr).empty());
  CATCH_CHECK(library_of_symbol("/nowhere/libnothing.so", "cos").empty());
}
