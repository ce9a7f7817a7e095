#include "adapt/bound.h"

#include <cmath>
#include <limits>

#include "adapt/boundary.h"
#include "base/errors.h"

namespace amortflow {

Bound::Bound(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"bound\"");
  reader.choice("kind", {"bound"});
  lower_ = reader.numbers("lower");
  upper_ = reader.numbers("upper");
  reader.finish();
  if (lower_.size() != upper_.size()) throw ConfigError("The bounds of a support must come in pairs.");
  for (std::size_t j = 0; j < lower_.size(); ++j) {
    if (lower_[j] < upper_[j] && next_inside(lower_[j], upper_[j]) < upper_[j]) continue;
    throw ConfigError("A support must hold more than one number, but its bounds are " + std::to_string(lower_[j]) +
                      " and " + std::to_string(upper_[j]) + ".");
  }
}

void Bound::forward(Matrix<double>& rows, double* log_det) const {
  check_columns(rows, static_cast<std::int64_t>(lower_.size()), "bound");
  if (log_det == nullptr) return;
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const double* x = rows.row(i);
    for (std::size_t j = 0; j < lower_.size(); ++j) {
      if (x[j] < lower_[j] || x[j] > upper_[j]) log_det[i] = -std::numeric_limits<double>::infinity();
    }
  }
}

void Bound::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(lower_.size()), "bound");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* x = rows.row(i);
    for (std::size_t j = 0; j < lower_.size(); ++j) {
      if (x[j] <= lower_[j]) x[j] = next_inside(lower_[j], upper_[j]);
      if (x[j] >= upper_[j]) x[j] = next_inside(upper_[j], lower_[j]);
    }
  }
}

void Bound::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double /*log_det_weight*/) const {
  check_columns(input, static_cast<std::int64_t>(lower_.size()), "bound");
  check_columns(gradient, static_cast<std::int64_t>(lower_.size()), "bound");
}

Spec Bound::to_spec() const { return Spec::List{{"kind", "bound"}, {"lower", lower_}, {"upper", upper_}}; }

}  // namespace amortflow
