#include "simulate/host_generator.h"

#include <cstddef>

#include "base/random.h"

namespace amortflow {

namespace {

// The moduli of the two recurrences of MRG32k3a; a state's words must lie below, three of them not all 0.
constexpr std::uint32_t kModulus1 = 4294967087u;
constexpr std::uint32_t kModulus2 = 4294944443u;

std::int32_t as_signed(std::uint32_t word) { return static_cast<std::int32_t>(word); }

}  // namespace

std::array<std::int32_t, 12> host_generator_state(std::uint64_t seed, std::uint64_t index) {
  rng random = stream(seed, Purpose::kHostSimulator, index);
  std::array<std::int32_t, 12> state{};
  for (std::size_t i = 0; i < state.size(); ++i) {
    const std::uint32_t modulus = i % 6 < 3 ? kModulus1 : kModulus2;
    // 1 to modulus - 1: never all 0. The bias of the remainder is 1e-5 in the worst word and does not matter to a seed.
    state[i] = as_signed(1 + random.next_uint32() % (modulus - 1));
  }
  return state;
}

}  // namespace amortflow
