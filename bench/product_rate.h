#pragma once

#include "base/parameter_store.h"

namespace amortflow::bench {

/// The yardstick of shares: our micro-kernel multiplying 64 x 256 by 256 x 256, all in the cache of one core.
class ProductRate final {
 public:
  ProductRate();

  void run();  ///< one product
  [[nodiscard]] static double flops();

 private:
  AlignedBuffer a_;
  AlignedBuffer b_;
  AlignedBuffer c_;
};

}  // namespace amortflow::bench
