#include "adapt/repeat.h"

#include <algorithm>
#include <utility>

#include "adapt/columns.h"

namespace amortflow {

Repeat::Repeat(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"repeat\"");
  reader.choice("kind", {"repeat"});
  width_ = reader.integer("width", 1, kMostColumns / 2);
  reader.finish();
}

void Repeat::forward(Matrix<double>& rows, double* log_det) const {
  refuse_log_det(log_det, "repeat");
  check_columns(rows, width_, "repeat");
  Matrix<double> twice(rows.rows, 2 * width_);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    std::copy_n(rows.row(i), width_, twice.row(i));
    std::copy_n(rows.row(i), width_, twice.row(i) + width_);
  }
  rows = std::move(twice);
}

void Repeat::inverse(Matrix<double>& rows) const {
  check_columns(rows, 2 * width_, "repeat");
  Matrix<double> once(rows.rows, width_);
  for (std::int64_t i = 0; i < rows.rows; ++i) std::copy_n(rows.row(i), width_, once.row(i));
  rows = std::move(once);
}

void Repeat::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double /*log_det_weight*/) const {
  check_columns(input, width_, "repeat");
  check_columns(gradient, 2 * width_, "repeat");
  Matrix<double> sum(gradient.rows, width_);
  for (std::int64_t i = 0; i < gradient.rows; ++i) {
    for (std::int64_t j = 0; j < width_; ++j) sum(i, j) = gradient(i, j) + gradient(i, width_ + j);
  }
  gradient = std::move(sum);
}

Spec Repeat::to_spec() const { return Spec::List{{"kind", "repeat"}, {"width", static_cast<double>(width_)}}; }

}  // namespace amortflow
