#include <cmath>
#include <limits>
#include <vector>

#include "base/random.h"
#include "support/catch.h"
#include "train/gradient_sum.h"

using namespace amortflow;

namespace {

std::vector<AlignedBuffer> normal_parts(std::size_t count, std::int64_t floats) {
  std::vector<AlignedBuffer> parts;
  rng random = stream(3, Purpose::kCheck, 0);
  for (std::size_t s = 0; s < count; ++s) {
    parts.emplace_back(floats);
    for (std::int64_t i = 0; i < floats; ++i) parts.back().data()[i] = static_cast<float>(random.normal());
  }
  return parts;
}

double add(std::vector<AlignedBuffer>& parts, int threads) {
  ThreadPool pool(threads);
  std::vector<AlignedBuffer*> pointers;
  for (auto& part : parts) pointers.push_back(&part);
  return GradientSum().add(pointers, pool);
}

}  // namespace

CATCH_TEST_CASE("gradients of shards add up in order, to the same bits and norm on any number of threads") {
  for (const std::int64_t floats : {16, 16384, 50000 / 16 * 16}) {
    for (const std::size_t count : {1, 2, 5}) {
      const auto parts = normal_parts(count, floats);
      auto one = parts;
      auto three = parts;
      const double norm = add(one, 1);
      CATCH_CHECK(add(three, 3) == norm);
      double squares = 0;
      for (std::int64_t i = 0; i < floats; ++i) {
        float sum = parts[0].data()[i];
        for (std::size_t s = 1; s < count; ++s) sum += parts[s].data()[i];
        CATCH_REQUIRE(one[0].data()[i] == sum);
        CATCH_REQUIRE(three[0].data()[i] == sum);
        squares += static_cast<double>(sum) * static_cast<double>(sum);
      }
      CATCH_CHECK(norm == Catch::Approx(std::sqrt(squares)).epsilon(1e-6));
    }
  }
}

CATCH_TEST_CASE("the norm of a gradient with a number that is not finite is not finite") {
  auto parts = normal_parts(2, 32768);
  parts[1].data()[20000] = std::numeric_limits<float>::infinity();
  CATCH_CHECK_FALSE(std::isfinite(add(parts, 2)));
}
