#include "adapt/select.h"

#include <limits>

#include "adapt/columns.h"
#include "base/errors.h"

namespace amortflow {

namespace {

// Column k of `narrow` becomes column places[k] of a matrix of `width` columns, the rest holds `fill`.
Matrix<double> spread(const Matrix<double>& narrow,
                      const std::vector<std::size_t>& places,
                      std::int64_t width,
                      double fill) {
  Matrix<double> wide(narrow.rows, width, fill);
  for (std::int64_t i = 0; i < narrow.rows; ++i) {
    for (std::size_t k = 0; k < places.size(); ++k) wide.row(i)[places[k]] = narrow.row(i)[k];
  }
  return wide;
}

}  // namespace

Select::Select(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"select\"");
  reader.choice("kind", {"select"});
  columns_ = reader.numbers("columns");
  width_ = reader.integer("width", 1, kMostColumns);
  reader.finish();
  places_ = column_places(columns_, width_, "select");
  if (places_.empty()) throw ConfigError("The adapter's step \"select\" must keep at least one column.");
}

void Select::forward(Matrix<double>& rows, double* log_det) const {
  refuse_log_det(log_det, "select");
  check_columns(rows, width_, "select");
  rows = select_columns(rows, places_);
}

void Select::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(places_.size()), "select");
  rows = spread(rows, places_, width_, std::numeric_limits<double>::quiet_NaN());
}

void Select::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double /*log_det_weight*/) const {
  check_columns(input, width_, "select");
  check_columns(gradient, static_cast<std::int64_t>(places_.size()), "select");
  gradient = spread(gradient, places_, width_, 0);
}

Spec Select::to_spec() const { return Spec::List{{"kind", "select"}, {"columns", columns_}, {"width", width_}}; }

}  // namespace amortflow
