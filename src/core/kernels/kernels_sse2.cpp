#include "kernels/isa_begin.h"

#if defined(__x86_64__)

#define AMORTFLOW_ISA_NAMESPACE sse2
#include "kernels/four_wide.inc"

namespace amortflow {
namespace sse2 {

constexpr const char* kName = "sse2";
constexpr int kTileRows = 4;  // 8 accumulators: without three-operand instructions products need registers, too
constexpr int kTileVectors = 2;

AMORTFLOW_INLINE Vector fma(Vector a, Vector b, Vector c) { return a * b + c; }
AMORTFLOW_INLINE Vector larger(Vector floor, Vector x) { return Vector(_mm_max_ps(__m128(floor), __m128(x))); }
AMORTFLOW_INLINE Vector smaller(Vector ceiling, Vector x) { return Vector(_mm_min_ps(__m128(ceiling), __m128(x))); }
AMORTFLOW_INLINE Vector square_root(Vector x) { return Vector(_mm_sqrt_ps(__m128(x))); }

}  // namespace sse2
}  // namespace amortflow

#include "kernels/kernels.inc"

#endif
