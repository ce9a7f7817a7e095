#include "adapt/simplex.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapt/constrain.h"

namespace amortflow {

namespace {

double inside(double share) { return std::max(share, kBoundaryDistance); }

}  // namespace

Simplex::Simplex(const Spec& spec) : ShapeStep(spec, "simplex") { set_sizes(dim(), dim() - 1); }

double Simplex::to_free(const double* x, double* y) const {
  // The rest of the stick as a sum from its end keeps small remainders exact.
  double rest = inside(x[dim() - 1]);
  double sum = x[dim() - 1];
  double log_det = -std::log(rest);
  bool valid = x[dim() - 1] >= 0;
  for (std::int64_t k = dim() - 2; k >= 0; --k) {
    const double share = inside(x[k]);
    y[k] = std::log(share) - std::log(rest) + std::log(static_cast<double>(dim() - 1 - k));
    log_det -= std::log(share);
    rest += share;
    sum += x[k];
    valid = valid && x[k] >= 0;
  }
  const bool closed = std::fabs(sum - 1) <= kShapeRounding;
  return valid && closed ? log_det : -std::numeric_limits<double>::infinity();
}

void Simplex::from_free(const double* y, double* x) const {
  double rest = 1;
  for (std::int64_t k = 0; k < dim() - 1; ++k) {
    const double logit = y[k] - std::log(static_cast<double>(dim() - 1 - k));
    const double e = std::exp(-std::fabs(logit));
    const double small = e / (1 + e);
    const double large = 1 / (1 + e);
    x[k] = inside(rest * (logit < 0 ? small : large));
    rest *= logit < 0 ? large : small;
    if (std::isnan(logit)) x[k] = rest = logit;
  }
  x[dim() - 1] = std::isnan(rest) ? rest : inside(rest);
}

void Simplex::pull_back_one(const double* x, const double* y_gradient, double weight, double* x_gradient) const {
  // x[K] and the remainders are functions of the elements before them.
  const double last = inside(x[dim() - 1]);
  double rest = last;
  double of_remainders = 0;
  for (std::int64_t k = dim() - 2; k >= 0; --k) {
    const double share = inside(x[k]);
    of_remainders += y_gradient[k] / rest;
    x_gradient[k] += y_gradient[k] / share + of_remainders + weight * (1 / last - 1 / share);
    rest += share;
  }
}

}  // namespace amortflow
