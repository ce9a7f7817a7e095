#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "amortflow/ziggurat.hpp"

namespace amortflow {

/// Philox4x32-10 of Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3": ten rounds that turn a
/// counter of four words and a key of two into four random words. Equal inputs give equal outputs on every machine.
struct philox4x32 {
  using counter_type = std::array<std::uint32_t, 4>;
  using key_type = std::array<std::uint32_t, 2>;

  static counter_type apply(counter_type counter, key_type key) noexcept {
    for (int round = 0; round < 10; ++round) {
      counter = one_round(counter, key);
      key[0] += 0x9E3779B9u;
      key[1] += 0xBB67AE85u;
    }
    return counter;
  }

 private:
  static counter_type one_round(const counter_type& c, const key_type& k) noexcept {
    const std::uint64_t p0 = static_cast<std::uint64_t>(0xD2511F53u) * c[0];
    const std::uint64_t p1 = static_cast<std::uint64_t>(0xCD9E8D57u) * c[2];
    return {high(p1) ^ c[1] ^ k[0], low(p1), high(p0) ^ c[3] ^ k[1], low(p0)};
  }
  static std::uint32_t high(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x >> 32); }
  static std::uint32_t low(std::uint64_t x) noexcept { return static_cast<std::uint32_t>(x); }
};

/// A stream of random numbers, fixed by (seed, index, purpose): one for every simulation, whatever thread runs it. The
/// counter is (index low, index high, purpose, draw), the key is the seed. A stream holds 2^34 words.
///
/// It is a UniformRandomBitGenerator of 32 bits. Prefer the distributions of amortflow/distributions.hpp to those of
/// <random>, whose results differ from one compiler to the next.
class rng final {
 public:
  using result_type = std::uint32_t;

  explicit rng(std::uint64_t seed, std::uint64_t index = 0, std::uint32_t purpose = 0) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        counter_{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), purpose, 0} {}

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return 0xFFFFFFFFu; }
  result_type operator()() noexcept { return next_uint32(); }

  /// The next 32 random bits.
  std::uint32_t next_uint32() noexcept {
    if (used_ == 4) {
      block_ = philox4x32::apply(counter_, key_);
      ++counter_[3];
      used_ = 0;
    }
    return block_[used_++];
  }

  /// The next 64 random bits; the word drawn first is the low one.
  std::uint64_t next_uint64() noexcept {
    const std::uint64_t low = next_uint32();
    return (static_cast<std::uint64_t>(next_uint32()) << 32) | low;
  }

  /// Uniform on the open interval (0, 1): odd multiples of 2^-53.
  double uniform() noexcept { return detail::open_uniform(next_uint64()); }

  /// Standard normal by the ziggurat of Marsaglia and Tsang (2000): 98.8 % of draws cost one table look-up.
  double normal() noexcept { return detail::ziggurat_normal(*this); }

 private:
  philox4x32::key_type key_;
  philox4x32::counter_type counter_;
  philox4x32::counter_type block_{};
  std::size_t used_ = 4;
};

}  // namespace amortflow
