#pragma once

#include <cstdint>

namespace amortflow {

/// The number that `count` <= 8 bytes stand for, the least significant first, whatever the machine's own order is.
[[nodiscard]] inline std::uint64_t little_endian(const std::uint8_t* bytes, int count) {
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

}  // namespace amortflow
