#pragma once

#include <cstdint>

namespace amortflow {

/// Learning rate over a run: linear warm-up to `peak` over the first `warmup_steps`, then half a cosine down to zero
/// at `total_steps` (Loshchilov and Hutter 2017, without restarts).
struct CosineSchedule {
  double peak = 5e-4;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;

  [[nodiscard]] double rate(std::int64_t step) const;
};

}  // namespace amortflow
