#include "base/checksum.h"

#include <array>

#include "base/little_endian.h"

namespace amortflow {

namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87U;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4FU;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9U;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63U;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5U;
constexpr std::size_t kLanes = 4;

std::uint64_t rotate(std::uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

std::uint64_t round(std::uint64_t lane, std::uint64_t input) { return rotate(lane + input * kPrime2, 31) * kPrime1; }

std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) { return (hash ^ round(0, lane)) * kPrime1 + kPrime4; }

/// Takes stripes of 32 bytes from `bytes`; returns the hash so far.
std::uint64_t hash_stripes(const std::uint8_t*& bytes, std::size_t& size) {
  std::array<std::uint64_t, kLanes> lanes{kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
  for (; size >= 8 * kLanes; size -= 8 * kLanes) {
    for (auto& lane : lanes) {
      lane = round(lane, little_endian(bytes, 8));
      bytes += 8;
    }
  }
  std::uint64_t hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
  for (const auto lane : lanes) hash = merge(hash, lane);
  return hash;
}

std::uint64_t hash_rest(std::uint64_t hash, const std::uint8_t* bytes, std::size_t size) {
  for (; size >= 8; size -= 8, bytes += 8) {
    hash = rotate(hash ^ round(0, little_endian(bytes, 8)), 27) * kPrime1 + kPrime4;
  }
  if (size >= 4) {
    hash = rotate(hash ^ (little_endian(bytes, 4) * kPrime1), 23) * kPrime2 + kPrime3;
    size -= 4;
    bytes += 4;
  }
  for (; size > 0; --size, ++bytes) hash = rotate(hash ^ (*bytes * kPrime5), 11) * kPrime1;
  return hash;
}

}  // namespace

std::uint64_t xxh64(const std::uint8_t* bytes, std::size_t size) {
  const auto length = static_cast<std::uint64_t>(size);
  std::uint64_t hash = size >= 8 * kLanes ? hash_stripes(bytes, size) : kPrime5;
  hash = hash_rest(hash + length, bytes, size);
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace amortflow
