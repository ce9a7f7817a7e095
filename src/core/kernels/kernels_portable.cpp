#include "kernels/isa_begin.h"

#define AMORTFLOW_ISA_NAMESPACE portable
#include "kernels/four_wide.inc"

namespace amortflow {
namespace portable {

constexpr const char* kName = "portable";
#if defined(__aarch64__)
constexpr int kTileRows = 6;  // 24 accumulators of 32 registers
constexpr int kTileVectors = 4;

AMORTFLOW_INLINE Vector fma(Vector a, Vector b, Vector c) {
  return Vector(vfmaq_f32(float32x4_t(c), float32x4_t(a), float32x4_t(b)));
}
AMORTFLOW_INLINE Vector square_root(Vector x) { return Vector(vsqrtq_f32(float32x4_t(x))); }
AMORTFLOW_INLINE Vector larger(Vector floor, Vector x) {
  return Vector(vmaxq_f32(float32x4_t(floor), float32x4_t(x)));
}
AMORTFLOW_INLINE Vector smaller(Vector ceiling, Vector x) {
  return Vector(vminq_f32(float32x4_t(ceiling), float32x4_t(x)));
}
#else
constexpr int kTileRows = 4;
constexpr int kTileVectors = 2;

AMORTFLOW_INLINE Vector fma(Vector a, Vector b, Vector c) { return a * b + c; }
AMORTFLOW_INLINE Vector square_root(Vector x) {
  return Vector{__builtin_sqrtf(x[0]), __builtin_sqrtf(x[1]), __builtin_sqrtf(x[2]), __builtin_sqrtf(x[3])};
}
AMORTFLOW_INLINE Vector larger(Vector floor, Vector x) { return x < floor ? floor : x; }
AMORTFLOW_INLINE Vector smaller(Vector ceiling, Vector x) { return x > ceiling ? ceiling : x; }
#endif

}  // namespace portable
}  // namespace amortflow

#include "kernels/kernels.inc"
