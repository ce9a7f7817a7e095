#pragma once

#include <array>
#include <cstdint>

#include "amortflow/philox.hpp"
#include "amortflow/ziggurat.hpp"

namespace amortflow {

/// A faster source of uniform and normal numbers for inner loops: xoshiro256++ of Blackman and Vigna (2021), "Scrambled
/// linear pseudorandom number generators", started from 256 bits of a simulation's own stream. Results depend on that
/// stream alone.
class xoshiro final {
 public:
  explicit xoshiro(rng& random) noexcept {
    for (auto& word : state_) word = random.next_uint64();
    state_[0] |= 1u;  // never all zero
  }

  std::uint64_t next_uint64() noexcept {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  /// Uniform on the open interval (0, 1).
  double uniform() noexcept { return detail::open_uniform(next_uint64()); }
  /// Standard normal.
  double normal() noexcept { return detail::ziggurat_normal(*this); }

 private:
  static std::uint64_t rotate(std::uint64_t x, int by) noexcept { return (x << by) | (x >> (64 - by)); }
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace amortflow
