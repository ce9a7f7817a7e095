#include <algorithm>
#include <cmath>
#include <set>

#include "amortflow/philox.hpp"
#include "amortflow/ziggurat.hpp"
#include "support/catch.h"

using amortflow::philox4x32;
using amortflow::rng;

CATCH_TEST_CASE("Philox4x32-10 gives the known answers of Random123") {
  using Counter = philox4x32::counter_type;
  using Key = philox4x32::key_type;
  CATCH_CHECK(philox4x32::apply(Counter{}, Key{}) == Counter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t kOnes = 0xffffffff;
  CATCH_CHECK(philox4x32::apply(Counter{kOnes, kOnes, kOnes, kOnes}, Key{kOnes, kOnes}) ==
              Counter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CATCH_CHECK(philox4x32::apply(Counter{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, Key{0xa4093822, 0x299f31d0}) ==
              Counter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

CATCH_TEST_CASE("a stream is the counter (index, purpose, draw) under the key (seed)") {
  const std::uint64_t seed = 0x299f31d0a4093822;
  const std::uint64_t index = 0x85a308d3243f6a88;
  rng random(seed, index, 0x13198a2e);
  for (std::uint32_t draw = 0; draw < 3; ++draw) {
    const auto block = philox4x32::apply({0x243f6a88, 0x85a308d3, 0x13198a2e, draw}, {0xa4093822, 0x299f31d0});
    for (const auto word : block) CATCH_CHECK(random.next_uint32() == word);
  }
}

CATCH_TEST_CASE("streams that differ in seed, index or purpose differ") {
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    for (std::uint64_t index = 0; index < 5; ++index) {
      for (std::uint32_t purpose = 0; purpose < 5; ++purpose) firsts.insert(rng(seed, index, purpose).next_uint64());
    }
  }
  CATCH_CHECK(firsts.size() == 125);
}

CATCH_TEST_CASE("uniform numbers lie in the open unit interval, whatever the bits") {
  constexpr double kSmallest = (0.0 + 0.5) * 0x1.0p-52;
  constexpr double kLargest = (4503599627370495.0 + 0.5) * 0x1.0p-52;
  CATCH_CHECK(kSmallest > 0);
  CATCH_CHECK(kLargest < 1);
  rng random(1);
  double low = 1;
  double high = 0;
  for (int i = 0; i < 100000; ++i) {
    const double u = random.uniform();
    low = std::min(low, u);
    high = std::max(high, u);
  }
  // Each bound fails with probability (1 - 1e-4)^1e5 = 4.5e-5.
  CATCH_CHECK(low < 1e-4);
  CATCH_CHECK(high > 1 - 1e-4);
}

CATCH_TEST_CASE("the layers of the ziggurat have equal areas") {
  using amortflow::kZigguratEdge;
  const auto density = [](double x) { return std::exp(-0.5 * x * x); };
  const double area = kZigguratEdge[0] * density(kZigguratEdge[1]);
  const double tail = std::sqrt(std::acos(-1.0) / 2) * std::erfc(kZigguratEdge[1] / std::sqrt(2.0));
  CATCH_CHECK(kZigguratEdge[1] * density(kZigguratEdge[1]) + tail == Catch::Approx(area).epsilon(1e-14));
  for (std::size_t i = 1; i < 256; ++i) {
    const double height = density(kZigguratEdge[i + 1]) - density(kZigguratEdge[i]);
    CATCH_CHECK(kZigguratEdge[i] * height == Catch::Approx(area).epsilon(1e-11));
  }
}
