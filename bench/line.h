#pragma once

#include <limits>
#include <string>

namespace amortflow::bench {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// One result. Numbers that do not apply are NaN and come out as null.
struct Line {
  std::string name;
  double ours = kNone;
  double baseline = kNone;
  double ratio = kNone;  ///< above 1: ours is better
  double share = kNone;  ///< of the best rate of our micro-kernel in the same run
  std::string unit;      ///< of `ours` and `baseline`
  std::string what;      ///< was measured
};

/// Writes `line` to stdout as one line of JSON, with the instruction set and the BLAS core type of this process.
void print(const Line& line);

}  // namespace amortflow::bench
