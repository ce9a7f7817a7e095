#include "adapt/boundary.h"

#include <cmath>
#include <limits>

namespace amortflow {

double next_inside(double bound, double inside) {
  constexpr double kLeast = std::numeric_limits<double>::min();
  const double step = inside > bound ? kLeast : -kLeast;
  const double next = std::nextafter(bound, inside);
  return std::abs(next) < kLeast ? bound + step : next;
}

}  // namespace amortflow
