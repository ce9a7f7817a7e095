// The kernels at the width of AVX-512 by compiler vectors alone: machines without AVX-512 test the shapes of its tiles
// and tails this way. Only the seven wrapped instructions of kernels_avx512.cpp are left to machines that have them.

#include "kernels/isa_begin.h"

#pragma GCC diagnostic ignored "-Wpsabi"  // wide vectors are passed between inlined functions only

namespace amortflow {
namespace sixteen_lanes {

constexpr const char* kName = "sixteen lanes";
constexpr int kLanes = 16;
constexpr int kTileRows = 8;
constexpr int kTileVectors = 2;

typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::int32_t Integers __attribute__((vector_size(64), aligned(4), may_alias));

AMORTFLOW_INLINE Vector same(float x) { return Vector{x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
AMORTFLOW_INLINE Vector fma(Vector a, Vector b, Vector c) { return a * b + c; }
AMORTFLOW_INLINE Vector square_root(Vector x) {
  for (int i = 0; i < kLanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
}
AMORTFLOW_INLINE Vector larger(Vector floor, Vector x) { return x < floor ? floor : x; }
AMORTFLOW_INLINE Vector smaller(Vector ceiling, Vector x) { return x > ceiling ? ceiling : x; }
AMORTFLOW_INLINE Integers lanes_below(std::int64_t count) {
  return Integers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < static_cast<std::int32_t>(count);
}
AMORTFLOW_INLINE Vector load_first(const float* p, std::int64_t count) {
  Vector x = {};
  for (std::int64_t i = 0; i < count; ++i) x[i] = p[i];
  return x;
}
AMORTFLOW_INLINE void store_first(float* p, Vector x, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) p[i] = x[i];
}

}  // namespace sixteen_lanes
}  // namespace amortflow

#define AMORTFLOW_ISA_NAMESPACE sixteen_lanes
#include "kernels/kernels.inc"
