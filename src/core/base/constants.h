#pragma once

namespace amortflow {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double kHalfPi = 1.57079632679489661923;
inline constexpr double kLogTwoPi = 1.83787706640934548356;  ///< log(2 pi)

}  // namespace amortflow
