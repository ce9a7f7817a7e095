#pragma once

#include <array>
#include <cstdint>

namespace amortflow {

/// Two states of the host's generator MRG32k3a (L'Ecuyer, 1999; "L'Ecuyer-CMRG" in R) for the simulation `index` of the
/// run with `seed`: six words for the simulator, then six for the prior. Words are given as R keeps them, as int.
[[nodiscard]] std::array<std::int32_t, 12> host_generator_state(std::uint64_t seed, std::uint64_t index);

}  // namespace amortflow
