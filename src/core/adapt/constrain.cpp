#include "adapt/constrain.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "adapt/boundary.h"
#include "base/errors.h"

namespace amortflow {

namespace {

using Limits = std::numeric_limits<double>;

// Half the spacing of doubles next to `bound`, on the side of `inside`, but never less than kBoundaryDistance.
double boundary_distance(double bound, double inside) {
  return std::max(kBoundaryDistance, 0.5 * std::abs(std::nextafter(bound, inside) - bound));
}

}  // namespace

Constrain::Constrain(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"constrain\"");
  reader.choice("kind", {"constrain"});
  const auto lower = reader.numbers("lower");
  const auto upper = reader.numbers("upper");
  reader.finish();
  if (lower.size() != upper.size()) throw ConfigError("The bounds of a support must come in pairs.");
  for (std::size_t j = 0; j < lower.size(); ++j) columns_.push_back(make_column(lower[j], upper[j]));
}

Constrain::Column Constrain::make_column(double lower, double upper) {
  if (!(lower < upper) || lower == Limits::infinity() || upper == -Limits::infinity()) {
    throw ConfigError("A support's lower bound must be less than its upper bound, but they are " +
                      std::to_string(lower) + " and " + std::to_string(upper) + ".");
  }
  Column column{lower, upper, std::isfinite(lower), std::isfinite(upper), 0, 0, -Limits::max(), Limits::max()};
  if (column.has_lower) {
    column.least_below = boundary_distance(lower, upper);
    column.innermost_lower = next_inside(lower, upper);
  }
  if (column.has_upper) {
    column.least_above = boundary_distance(upper, lower);
    column.innermost_upper = next_inside(upper, lower);
  }
  const bool both = column.has_lower && column.has_upper;
  if (both && (column.innermost_lower >= column.innermost_upper || !std::isfinite(upper - lower))) {
    throw ConfigError("A support must hold more than one number and be less wide than the largest double.");
  }
  return column;
}

double Constrain::from_below(const Column& column, double x) {
  const double distance = x - column.lower;
  return distance < column.least_below ? column.least_below : distance;
}

double Constrain::to_above(const Column& column, double x) {
  const double distance = column.upper - x;
  return distance < column.least_above ? column.least_above : distance;
}

void Constrain::forward(Matrix<double>& rows, double* log_det) const {
  check_columns(rows, static_cast<std::int64_t>(columns_.size()), "constrain");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double total = 0;
    double* x = rows.row(i);
    for (const Column& column : columns_) {
      const double below = column.has_lower ? std::log(from_below(column, *x)) : 0;
      const double above = column.has_upper ? std::log(to_above(column, *x)) : 0;
      if (*x < column.lower || *x > column.upper) total = -Limits::infinity();
      if (column.has_lower || column.has_upper) *x = below - above;
      total -= below + above;
      if (column.has_lower && column.has_upper) total += std::log(column.upper - column.lower);
      ++x;
    }
    if (log_det != nullptr) log_det[i] += total;
  }
}

double Constrain::inverse_of(const Column& column, double z) {
  if (!column.has_lower && !column.has_upper) return z;
  double x = 0;
  if (!column.has_upper) {
    x = column.lower + std::exp(z);
  } else if (!column.has_lower) {
    x = column.upper - std::exp(-z);
  } else {
    const double e = std::exp(-std::abs(z));
    const double distance = (column.upper - column.lower) * (e / (1 + e));
    x = z < 0 ? column.lower + distance : column.upper - distance;
  }
  if (x < column.innermost_lower) return column.innermost_lower;
  return x > column.innermost_upper ? column.innermost_upper : x;
}

void Constrain::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(columns_.size()), "constrain");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* z = rows.row(i);
    for (const Column& column : columns_) {
      *z = inverse_of(column, *z);
      ++z;
    }
  }
}

void Constrain::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  check_columns(input, static_cast<std::int64_t>(columns_.size()), "constrain");
  check_columns(gradient, static_cast<std::int64_t>(columns_.size()), "constrain");
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const double* x = input.row(i);
    double* g = gradient.row(i);
    for (const Column& column : columns_) {
      const double below = column.has_lower ? 1 / from_below(column, *x) : 0;
      const double above = column.has_upper ? 1 / to_above(column, *x) : 0;
      if (column.has_lower || column.has_upper) *g *= below + above;
      *g += log_det_weight * (above - below);
      ++x;
      ++g;
    }
  }
}

Spec Constrain::to_spec() const {
  Spec::Numbers lower;
  Spec::Numbers upper;
  for (const Column& column : columns_) {
    lower.push_back(column.lower);
    upper.push_back(column.upper);
  }
  return Spec::List{{"kind", "constrain"}, {"lower", lower}, {"upper", upper}};
}

}  // namespace amortflow
