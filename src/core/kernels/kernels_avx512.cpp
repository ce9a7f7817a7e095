#include "kernels/isa_begin.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma,prefer-vector-width=512")
#endif

namespace amortflow {
namespace avx512 {

constexpr const char* kName = "avx512";
constexpr int kLanes = 16;
constexpr int kTileRows = 8;
constexpr int kTileVectors = 2;

typedef float Vector __attribute__((vector_size(64), aligned(4), may_alias));
typedef std::int32_t Integers __attribute__((vector_size(64), aligned(4), may_alias));

AMORTFLOW_INLINE Vector same(float x) { return Vector(_mm512_set1_ps(x)); }
AMORTFLOW_INLINE Vector fma(Vector a, Vector b, Vector c) {
  return Vector(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
}
AMORTFLOW_INLINE Vector square_root(Vector x) { return Vector(_mm512_maskz_sqrt_ps(0xFFFF, __m512(x))); }
AMORTFLOW_INLINE Vector larger(Vector floor, Vector x) {
  return Vector(_mm512_maskz_max_ps(0xFFFF, __m512(floor), __m512(x)));
}
AMORTFLOW_INLINE Vector smaller(Vector ceiling, Vector x) {
  return Vector(_mm512_maskz_min_ps(0xFFFF, __m512(ceiling), __m512(x)));
}
AMORTFLOW_INLINE Integers lanes_below(std::int64_t count) {
  return Integers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < static_cast<std::int32_t>(count);
}
AMORTFLOW_INLINE __mmask16 mask_of(std::int64_t count) { return static_cast<__mmask16>((1U << count) - 1U); }
AMORTFLOW_INLINE Vector load_first(const float* p, std::int64_t count) {
  return Vector(_mm512_maskz_loadu_ps(mask_of(count), p));
}
AMORTFLOW_INLINE void store_first(float* p, Vector x, std::int64_t count) {
  _mm512_mask_storeu_ps(p, mask_of(count), __m512(x));
}

}  // namespace avx512
}  // namespace amortflow

#define AMORTFLOW_ISA_NAMESPACE avx512
#define AMORTFLOW_HAS_AVX
#include "kernels/kernels.inc"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
