#include "adapt/ordered.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace amortflow {

namespace {

using Limits = std::numeric_limits<double>;

/// Logarithms of distances beyond this could overflow when they are added up.
constexpr double kMostLogGap = 600;

/// Half the spacing of doubles where neighbours are equal, so that the logarithm stays finite.
double distance(double below, double above) {
  const double least = 0.5 * (std::nextafter(std::fabs(below), Limits::infinity()) - std::fabs(below));
  return std::max(above - below, std::max(least, Limits::min()));
}

}  // namespace

Ordered::Ordered(const Spec& spec) : ShapeStep(spec, "ordered") { set_sizes(dim(), dim()); }

double Ordered::to_free(const double* x, double* y) const {
  y[0] = x[0];
  double log_det = 0;
  bool valid = true;
  for (std::int64_t k = 1; k < dim(); ++k) {
    y[k] = std::log(distance(x[k - 1], x[k]));
    log_det -= y[k];
    valid = valid && x[k] >= x[k - 1];
  }
  return valid ? log_det : -Limits::infinity();
}

void Ordered::from_free(const double* y, double* x) const {
  x[0] = y[0];
  for (std::int64_t k = 1; k < dim(); ++k) {
    const double above = x[k - 1] + std::exp(y[k] > kMostLogGap ? kMostLogGap : y[k]);
    const double next = std::nextafter(x[k - 1], Limits::infinity());
    x[k] = above < next ? next : above;
  }
}

void Ordered::pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const {
  x_gradient[0] += y_gradient[0];
  for (std::int64_t k = 1; k < dim(); ++k) {
    const double change = (y_gradient[k] - weight) / distance(x[k - 1], x[k]);
    x_gradient[k] += change;
    x_gradient[k - 1] -= change;
  }
}

}  // namespace amortflow
