#pragma once

#include <limits>

namespace amortflow {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kHalfPi = 1.57079632679489661923;
inline constexpr double kLogTwoPi = 1.83787706640934548356;    ///< log(2 pi)
inline constexpr double kLogSqrt2Pi = 0.91893853320467274178;  ///< log(sqrt(2 pi))
inline constexpr double kLogPi = 1.1447298858494001741;        ///< log(pi)
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace amortflow
