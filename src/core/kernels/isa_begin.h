#pragma once

// What every instruction set's source includes before its target pragma: inline functions of the library that were
// compiled under the pragma could otherwise be merged with everybody's and crash older machines. For the same
// reason kernels.inc uses no function of the library but builtins.

#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "kernels/kernels.h"

#define AMORTFLOW_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define AMORTFLOW_UNROLL _Pragma("unroll")
#else
#define AMORTFLOW_UNROLL _Pragma("GCC unroll 16")
#endif
