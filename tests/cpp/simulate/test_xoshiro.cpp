#include <cmath>
#include <vector>

#include "amortflow/xoshiro.hpp"
#include "simulate/moments.h"
#include "support/catch.h"

using amortflow::rng;
using amortflow::xoshiro;

CATCH_TEST_CASE("xoshiro depends on its stream alone") {
  rng one(1, 5), same(1, 5), other(1, 6);
  xoshiro first(one), second(same), third(other);
  for (int i = 0; i < 100; ++i) {
    const auto bits = first.next_uint64();
    CATCH_REQUIRE(bits == second.next_uint64());
    CATCH_REQUIRE(bits != third.next_uint64());
  }
  CATCH_CHECK(one.next_uint64() == same.next_uint64());
}

CATCH_TEST_CASE("xoshiro256++ starts as defined") {
  // A stream's words cannot be chosen, so the definition is repeated here.
  rng random(3), copy(3);
  std::uint64_t s[4];
  for (auto& word : s) word = copy.next_uint64();
  s[0] |= 1u;
  xoshiro source(random);
  const auto rotate = [](std::uint64_t x, int by) { return (x << by) | (x >> (64 - by)); };
  CATCH_CHECK(source.next_uint64() == rotate(s[0] + s[3], 23) + s[0]);
  const std::uint64_t next[4] = {s[0] ^ s[3] ^ s[1], s[1] ^ s[2] ^ s[0], s[2] ^ s[0] ^ (s[1] << 17),
                                 rotate(s[3] ^ s[1], 45)};
  CATCH_CHECK(source.next_uint64() == rotate(next[0] + next[3], 23) + next[0]);
}

// 9 comparisons at 5 standard errors: a false alarm with probability 5e-6.
CATCH_TEST_CASE("its normal and uniform numbers have exact moments and quantiles") {
  constexpr std::size_t kDraws = 1000000;
  rng random(9);
  xoshiro source(random);
  std::vector<double> normals(kDraws), uniforms(kDraws), products(kDraws);
  for (auto& x : normals) x = source.normal();
  for (auto& u : uniforms) u = source.uniform();
  for (std::size_t i = 0; i < kDraws; ++i) products[i] = normals[i] * normals[(i + 1) % kDraws];
  CATCH_CHECK(std::fabs(moments::mean_score(normals, 0, 1)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::variance_score(normals, 0, 1)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::mean_score(products, 0, 1)) < moments::kBound);
  for (const double x : {-3.0, -1.0, 0.5, 3.5}) {
    CATCH_CHECK(std::fabs(moments::share_score(normals, x, 0.5 * std::erfc(-x / std::sqrt(2.0)))) < moments::kBound);
  }
  CATCH_CHECK(std::fabs(moments::mean_score(uniforms, 0.5, 1.0 / 12)) < moments::kBound);
  CATCH_CHECK(std::fabs(moments::share_score(uniforms, 0.9, 0.9)) < moments::kBound);
}
