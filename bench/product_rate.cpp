#include "product_rate.h"

#include <algorithm>

#include "kernels/dispatch.h"

namespace amortflow::bench {

namespace {

constexpr std::int64_t kRows = 64;
constexpr std::int64_t kWidth = 256;

}  // namespace

ProductRate::ProductRate() : a_(kRows * kWidth), b_(kWidth * kWidth), c_(kRows * kWidth) {
  std::fill_n(a_.data(), a_.size(), 0.5F);
  std::fill_n(b_.data(), b_.size(), 0.25F);
}

void ProductRate::run() {
  kernels().multiply({a_.data(), kRows, kWidth, kWidth}, {b_.data(), kWidth, kWidth, kWidth},
                     {c_.data(), kRows, kWidth, kWidth}, false);
}

double ProductRate::flops() { return 2.0 * static_cast<double>(kRows * kWidth * kWidth); }

}  // namespace amortflow::bench
