#include "simulate/truncation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/constants.h"
#include "base/errors.h"

namespace amortflow {

namespace {

/// Below this share, drawing until a value falls between the bounds costs more than inverting the distribution
/// function.
constexpr double kLeastMassForRejection = 0.1;

/// A finite point of the same side as an infinite end, beyond which lies less than `tails` says.
double finite_end(const Distribution& distribution,
                  const double* a,
                  const Interval& range,
                  const Tails& tails,
                  bool upper) {
  const double other = upper ? range.lower : range.upper;
  const double start = std::isfinite(other) ? other : 0;
  for (double step = 1; step < 1e300; step *= 2) {
    const double x = upper ? start + step : start - step;
    const Tails here = distribution.tails(x, a);
    if (upper ? here.upper < tails.upper : here.lower < tails.lower) return distribution.discrete ? std::floor(x) : x;
  }
  return upper ? std::numeric_limits<double>::max() : std::numeric_limits<double>::lowest();
}

}  // namespace

Truncated::Truncated(const Distribution& distribution, const double* arguments, Interval bounds)
    : distribution_(distribution), arguments_(arguments) {
  if (const char* complaint = distribution.complaint(arguments)) throw NumericError(complaint);
  if (std::isnan(bounds.lower) || std::isnan(bounds.upper)) throw NumericError("a bound is not a number");
  const Interval natural = distribution.support(arguments);
  range_ = {std::max(natural.lower, bounds.lower), std::min(natural.upper, bounds.upper)};
  if (distribution.discrete) range_ = {std::ceil(range_.lower), std::floor(range_.upper)};
  const bool any = distribution.discrete ? range_.lower <= range_.upper : range_.lower < range_.upper;
  if (!any) throw NumericError("the bounds leave nothing of the support");
  cut_ = range_.lower > natural.lower || range_.upper < natural.upper;
  if (!cut_) return;
  // A whole number at the lower bound is inside.
  const double below = distribution.discrete ? range_.lower - 1 : range_.lower;
  if (range_.lower > natural.lower) at_lower_ = distribution.tails(below, arguments);
  if (range_.upper < natural.upper) at_upper_ = distribution.tails(range_.upper, arguments);
  mass_ = at_lower_.lower < 0.5 ? at_upper_.lower - at_lower_.lower : at_lower_.upper - at_upper_.upper;
  if (!(mass_ > 0)) throw NumericError("the bounds leave no probability");
}

double Truncated::draw(rng& random) const {
  const double x = cut_ ? draw_between(random) : distribution_.draw(random, arguments_);
  if (!std::isfinite(x)) throw NumericError("the draw is not finite");
  if (distribution_.discrete) return x;
  if (x <= range_.lower) return std::nextafter(range_.lower, kInfinity);
  if (x >= range_.upper) return std::nextafter(range_.upper, -kInfinity);
  return x;
}

double Truncated::draw_between(rng& random) const {
  if (!distribution_.quantile && mass_ > kLeastMassForRejection) {
    for (;;) {
      const double x = distribution_.draw(random, arguments_);
      const bool inside =
          distribution_.discrete ? x >= range_.lower && x <= range_.upper : x > range_.lower && x < range_.upper;
      if (inside) return x;
    }
  }
  const double u = random.uniform();
  if (at_lower_.lower < 0.5) {
    const double lower = at_lower_.lower + u * mass_;
    return quantile({lower, 1 - lower});
  }
  const double upper = at_upper_.upper + u * mass_;
  return quantile({1 - upper, upper});
}

/// Bisection where there is no closed form: as slow as it is safe, and rarely needed.
double Truncated::quantile(const Tails& tails) const {
  if (distribution_.quantile) return distribution_.quantile(tails, arguments_);
  double left = range_.lower;
  double right = range_.upper;
  if (!std::isfinite(left)) left = finite_end(distribution_, arguments_, range_, tails, false);
  if (!std::isfinite(right)) right = finite_end(distribution_, arguments_, range_, tails, true);
  if (distribution_.discrete) left -= 1;  // the answer is right of `left`
  for (;;) {
    const double half = left + (right - left) / 2;
    const double middle = distribution_.discrete ? std::floor(half) : half;
    if (!(left < middle && middle < right)) return distribution_.discrete ? right : middle;
    const Tails here = distribution_.tails(middle, arguments_);
    const bool too_low = tails.lower < tails.upper ? here.lower < tails.lower : here.upper > tails.upper;
    (too_low ? left : right) = middle;
  }
}

double Truncated::log_density(double x) const {
  if (!(x >= range_.lower && x <= range_.upper)) return std::isnan(x) ? x : -kInfinity;
  if (distribution_.discrete && x != std::floor(x)) return -kInfinity;
  return distribution_.log_density(x, arguments_) - std::log(mass_);
}

}  // namespace amortflow
