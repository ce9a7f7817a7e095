#include "small_product_library.h"

#if defined(AMORTFLOW_BENCH_LIBXSMM)
#include <libxsmm.h>
#endif

namespace amortflow::bench {

#if defined(AMORTFLOW_BENCH_LIBXSMM)
std::function<void()> small_product(int m, int k, int n, const float* a, const float* b, float* c) {
  const float one = 1;
  const float zero = 0;
  // Row-major c = a b is column-major c' = b' a'.
  const libxsmm_smmfunction product =
      libxsmm_smmdispatch(n, m, k, nullptr, nullptr, nullptr, &one, &zero, nullptr, nullptr);
  if (product == nullptr) return {};
  return [=] { product(b, a, c); };
}
#else
std::function<void()> small_product(int, int, int, const float*, const float*, float*) { return {}; }
#endif

}  // namespace amortflow::bench
