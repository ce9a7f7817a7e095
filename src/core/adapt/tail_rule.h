#pragma once

#include <vector>

namespace amortflow {

/// What the automatic rule does to one column before it is standardised.
struct TailChoice {
  enum class Kind { kNone, kLog1p, kAsinh };
  Kind kind = Kind::kNone;
  double center = 0;  ///< of asinh
  double scale = 0;   ///< of log1p and asinh; 0 where neither is used
};

/// The only place of the rule for heavy tails, decided on a column's pilot values; non-finite ones are ignored.
///
/// A column is compressed if
/// - its farthest value lies more than 20 standard deviations from its mean: of 1000 values one would make up 40 % of
///   the variance (a normal sample of 10^9 values has its farthest at 6.2, an exponential one of 10^6 at 14); or
/// - its standard deviation exceeds 5 times that of its bulk, where the bulk's is half the distance between the 16 %
///   and 84 % quantiles (and not 0); or
/// - it has no negative values and stretches more than 3 times as far from the median to the 84 % quantile as to the
///   16 % quantile (an exponential 2.2 times, a log-normal exp(sigma) times): then small values, where data say most
///   about rates, would all be standardised to nearly the same number.
/// The last looks at quantiles alone, because what one extreme value among the pilots decides changes with the seed.
/// The remedy:
/// - a column without negative values gets log(1 + x / scale), scale = min(1, median of its positive values): log1p(x)
///   for counts, and still a logarithm where all values are tiny; only if `allow_log1p`;
/// - any other gets asinh((x - center) / scale), center = median, scale = the bulk's standard deviation (the mean
///   distance from the median where that is 0).
/// Fewer than 20 finite values decide nothing.
[[nodiscard]] TailChoice choose_tail(std::vector<double> values, bool allow_log1p);

/// Mean and standard deviation (divisor n - 1) of the finite values, safe from overflow. A column without finite
/// values has mean 0; an sd that is 0, or mere rounding of the mean, is given as 1.
struct Moments {
  double mean = 0;
  double sd = 1;
};
[[nodiscard]] Moments finite_moments(const std::vector<double>& values);

}  // namespace amortflow
