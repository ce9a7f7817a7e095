#pragma once

#include <functional>
#include <vector>

#include "settings.h"

namespace amortflow::bench {

/// Seconds of one run of a competitor.
struct Timing {
  double median = 0;  ///< over the rounds
  double best = 0;    ///< of the rounds
};

/// Times competitors in turn, round after round, so that a machine that becomes slower meets all alike. In a round each
/// repeats its run for about 20 ms (at least once). A few runs before the first round warm up and are not counted.
[[nodiscard]] std::vector<Timing> time_interleaved(const std::vector<std::function<void()>>& competitors,
                                                   int rounds,
                                                   Clock clock);

}  // namespace amortflow::bench
