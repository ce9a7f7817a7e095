#pragma once

#include <functional>

namespace amortflow::bench {

/// c = a b of row-major matrices without padding by libxsmm (Heinecke et al. 2016), which compiles a function for each
/// shape; empty if this program was built without it or it has none for the shape.
[[nodiscard]] std::function<void()> small_product(int m, int k, int n, const float* a, const float* b, float* c);

}  // namespace amortflow::bench
