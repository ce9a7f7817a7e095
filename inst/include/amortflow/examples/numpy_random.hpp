#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace amortflow {
namespace examples {

/// The numbers of numpy.random.RandomState(seed), from which public benchmarks made parts that stay fixed: the Mersenne
/// twister MT19937 of Matsumoto and Nishimura (1998) seeded by its init_genrand, normals by Marsaglia's polar method.
/// Only for such parts: simulations draw from amortflow::rng.
class numpy_random final {
 public:
  explicit numpy_random(std::uint32_t seed) {
    state_[0] = seed;
    for (std::size_t i = 1; i < kSize; ++i) {
      state_[i] = 1812433253u * (state_[i - 1] ^ (state_[i - 1] >> 30)) + static_cast<std::uint32_t>(i);
    }
  }

  double normal() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double x = 0, y = 0, square = 0;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square <= 0);
    const double scale = std::sqrt(-2 * std::log(square) / square);
    spare_ = scale * x;
    has_spare_ = true;
    return scale * y;
  }

  /// 0, ..., count - 1 in random order: Fisher and Yates from the end, by rejection under a mask.
  std::vector<std::size_t> permutation(std::size_t count) {
    std::vector<std::size_t> order(count);
    for (std::size_t i = 0; i < count; ++i) order[i] = i;
    for (std::size_t i = count; i-- > 1;) std::swap(order[i], order[below(static_cast<std::uint32_t>(i))]);
    return order;
  }

 private:
  static constexpr std::size_t kSize = 624;
  static constexpr std::size_t kShift = 397;

  void refill() {
    for (std::size_t i = 0; i < kSize; ++i) {
      const std::uint32_t joined = (state_[i] & 0x80000000u) | (state_[(i + 1) % kSize] & 0x7FFFFFFFu);
      state_[i] = state_[(i + kShift) % kSize] ^ (joined >> 1) ^ ((joined & 1u) != 0 ? 0x9908B0DFu : 0u);
    }
    used_ = 0;
  }
  std::uint32_t next() {
    if (used_ == kSize) refill();
    std::uint32_t bits = state_[used_++];
    bits ^= bits >> 11;
    bits ^= (bits << 7) & 0x9D2C5680u;
    bits ^= (bits << 15) & 0xEFC60000u;
    return bits ^ (bits >> 18);
  }
  double uniform() {
    const double high = next() >> 5;
    const double low = next() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }
  /// 0, ..., most.
  std::size_t below(std::uint32_t most) {
    std::uint32_t mask = most;
    for (const unsigned shift : {1u, 2u, 4u, 8u, 16u}) mask |= mask >> shift;
    std::uint32_t value = 0;
    do {
      value = next() & mask;
    } while (value > most);
    return value;
  }

  std::array<std::uint32_t, kSize> state_{};
  std::size_t used_ = kSize;
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace examples
}  // namespace amortflow
