#pragma once

#include <cstdint>

namespace amortflow {

// Upper limits of what summary networks are made of keep a misspelt number from asking for all memory; they are far
// beyond what this field uses.
constexpr std::int64_t kWidest = 4096;
constexpr std::int64_t kDeepest = 64;
constexpr std::int64_t kLongest = 1000000;

}  // namespace amortflow
