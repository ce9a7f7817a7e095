#include "kernels/isa_begin.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

namespace amortflow {
namespace avx2 {

constexpr const char* kName = "avx2";
constexpr int kLanes = 8;
constexpr int kTileRows = 6;  // 12 accumulators, 2 vectors of b and 1 of a fill the 16 registers
constexpr int kTileVectors = 2;

typedef float Vector __attribute__((vector_size(32), aligned(4), may_alias));
typedef std::int32_t Integers __attribute__((vector_size(32), aligned(4), may_alias));

AMORTFLOW_INLINE Vector same(float x) { return Vector(_mm256_set1_ps(x)); }
AMORTFLOW_INLINE Vector fma(Vector a, Vector b, Vector c) {
  return Vector(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
}
AMORTFLOW_INLINE Vector square_root(Vector x) { return Vector(_mm256_sqrt_ps(__m256(x))); }
AMORTFLOW_INLINE Vector larger(Vector floor, Vector x) { return Vector(_mm256_max_ps(__m256(floor), __m256(x))); }
AMORTFLOW_INLINE Vector smaller(Vector ceiling, Vector x) { return Vector(_mm256_min_ps(__m256(ceiling), __m256(x))); }
AMORTFLOW_INLINE Integers lanes_below(std::int64_t count) {
  return Integers{0, 1, 2, 3, 4, 5, 6, 7} < static_cast<std::int32_t>(count);
}
AMORTFLOW_INLINE Vector load_first(const float* p, std::int64_t count) {
  return Vector(_mm256_maskload_ps(p, __m256i(lanes_below(count))));
}
AMORTFLOW_INLINE void store_first(float* p, Vector x, std::int64_t count) {
  _mm256_maskstore_ps(p, __m256i(lanes_below(count)), __m256(x));
}

}  // namespace avx2
}  // namespace amortflow

#define AMORTFLOW_ISA_NAMESPACE avx2
#define AMORTFLOW_HAS_AVX
#include "kernels/kernels.inc"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
