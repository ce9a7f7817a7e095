#include "adapt/shape_step.h"

#include <algorithm>
#include <cmath>

#include "base/errors.h"

namespace amortflow {

namespace {

constexpr double kLeastShare = 1e-16;    // of a diagonal element: what rounding leaves of a singular matrix
constexpr double kLeastSquare = 1e-100;  // its root's reciprocal stays far from overflow

/// The rows with `width` columns in the place of `count`; the others are copied, these are left to the caller.
Matrix<double> make_room(const Matrix<double>& rows, std::int64_t first, std::int64_t count, std::int64_t width) {
  Matrix<double> wider(rows.rows, rows.cols - count + width);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const double* from = rows.row(i);
    std::copy(from, from + first, wider.row(i));
    std::copy(from + first + count, from + rows.cols, wider.row(i) + first + width);
  }
  return wider;
}

}  // namespace

ShapeStep::ShapeStep(const Spec& spec, const char* kind) : kind_(kind) {
  SpecReader reader(spec, "the adapter's step \"" + kind_ + "\"");
  reader.choice("kind", {kind});
  const std::vector<double> columns = reader.numbers("columns");
  dim_ = reader.integer("dim", 1, 100000);
  reader.finish();
  for (std::size_t j = 0; j < columns.size(); ++j) {
    if (columns[0] >= 1 && columns[j] == columns[0] + static_cast<double>(j)) continue;
    throw ConfigError("The columns of step \"" + kind_ + "\" must be consecutive whole numbers from 1.");
  }
  first_ = columns.empty() ? 0 : static_cast<std::int64_t>(columns[0]) - 1;
  count_ = static_cast<std::int64_t>(columns.size());
}

void ShapeStep::set_sizes(std::int64_t count, std::int64_t free_count) {
  free_count_ = free_count;
  if (count_ == count) return;
  throw ConfigError("Step \"" + kind_ + "\" of dimension " + std::to_string(dim_) + " must have " +
                    std::to_string(count) + " columns, not " + std::to_string(count_) + ".");
}

void ShapeStep::forward(Matrix<double>& rows, double* log_det) const {
  if (rows.cols < first_ + count_) check_columns(rows, first_ + count_, kind_.c_str());
  Matrix<double> out = make_room(rows, first_, count_, free_count_);
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const double jacobian = to_free(rows.row(i) + first_, out.row(i) + first_);
    if (log_det != nullptr) log_det[i] += jacobian;
  }
  rows = std::move(out);
}

void ShapeStep::inverse(Matrix<double>& rows) const {
  if (rows.cols < first_ + free_count_) check_columns(rows, first_ + free_count_, kind_.c_str());
  Matrix<double> out = make_room(rows, first_, free_count_, count_);
  for (std::int64_t i = 0; i < rows.rows; ++i) from_free(rows.row(i) + first_, out.row(i) + first_);
  rows = std::move(out);
}

void ShapeStep::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  check_columns(gradient, input.cols + added_columns(), kind_.c_str());
  Matrix<double> out = make_room(gradient, first_, free_count_, count_);
  for (std::int64_t i = 0; i < input.rows; ++i) {
    pull_back_one(input.row(i) + first_, gradient.row(i) + first_, log_det_weight, out.row(i) + first_);
  }
  gradient = std::move(out);
}

Spec ShapeStep::to_spec() const {
  Spec::Numbers columns;
  for (std::int64_t j = 0; j < count_; ++j) columns.push_back(static_cast<double>(first_ + j + 1));
  return Spec::List{{"kind", kind_}, {"columns", columns}, {"dim", dim_}};
}

bool is_symmetric_matrix(const double* x, std::int64_t size) {
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = j + 1; i < size; ++i) {
      const double a = x[i + j * size];
      const double b = x[j + i * size];
      if (!(std::fabs(a - b) <= kShapeRounding * std::max({1.0, std::fabs(a), std::fabs(b)}))) return false;
    }
  }
  return true;
}

bool clamped_cholesky(const double* x, std::int64_t size, double* l) {
  std::fill_n(l, size * size, 0.0);
  bool valid = true;
  for (std::int64_t j = 0; j < size; ++j) {
    for (std::int64_t i = j; i < size; ++i) {
      double rest = x[i + j * size];
      for (std::int64_t k = 0; k < j; ++k) rest -= l[i + k * size] * l[j + k * size];
      if (i == j) {
        const double diagonal = std::fabs(x[i + i * size]);
        const double least = std::max(kLeastShare * diagonal, kLeastSquare);
        valid = valid && rest > -kShapeRounding * diagonal && x[i + i * size] > 0;
        l[i + j * size] = std::sqrt(std::max(rest, least));
      } else {
        l[i + j * size] = rest / l[j + j * size];
      }
    }
  }
  return valid;
}

void pull_back_cholesky(const double* l, std::int64_t size, bool unit_diagonal, double* gradient) {
  // The operations of the factorisation row by row, backwards.
  for (std::int64_t i = size - 1; i >= 0; --i) {
    const double diagonal = l[i + i * size];
    const double from_diagonal = gradient[i + i * size] / diagonal;
    for (std::int64_t k = 0; k < i; ++k) gradient[i + k * size] -= from_diagonal * l[i + k * size];
    gradient[i + i * size] = unit_diagonal ? 0 : 0.5 * from_diagonal;
    for (std::int64_t j = i - 1; j >= 0; --j) {
      const double share = gradient[i + j * size] / l[j + j * size];
      for (std::int64_t k = 0; k < j; ++k) {
        gradient[i + k * size] -= share * l[j + k * size];
        gradient[j + k * size] -= share * l[i + k * size];
      }
      gradient[j + j * size] -= share * l[i + j * size];
      gradient[i + j * size] = share;
    }
  }
}

}  // namespace amortflow
