#include "adapt/square_root.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapt/columns.h"

namespace amortflow {

SquareRoot::SquareRoot(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"sqrt\"");
  reader.choice("kind", {"sqrt"});
  use_ = reader.numbers("use");
  reader.finish();
  places_ = used_columns(use_, "sqrt");
}

void SquareRoot::forward(Matrix<double>& rows, double* log_det) const {
  using Limits = std::numeric_limits<double>;
  check_columns(rows, static_cast<std::int64_t>(use_.size()), "sqrt");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* x = rows.row(i);
    double total = 0;
    for (const auto j : places_) {
      total += x[j] >= 0 ? -std::log(2 * std::sqrt(x[j])) : -Limits::infinity();
      x[j] = x[j] >= 0 ? std::sqrt(x[j]) : Limits::quiet_NaN();
    }
    if (log_det != nullptr) log_det[i] += total;
  }
}

void SquareRoot::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(use_.size()), "sqrt");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* z = rows.row(i);
    for (const auto j : places_) z[j] = std::min(z[j] * z[j], std::numeric_limits<double>::max());
  }
}

void SquareRoot::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  check_columns(input, static_cast<std::int64_t>(use_.size()), "sqrt");
  check_columns(gradient, static_cast<std::int64_t>(use_.size()), "sqrt");
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const double* x = input.row(i);
    double* g = gradient.row(i);
    for (const auto j : places_) g[j] = 0.5 * (g[j] / std::sqrt(x[j]) - log_det_weight / x[j]);
  }
}

Spec SquareRoot::to_spec() const { return Spec::List{{"kind", "sqrt"}, {"use", use_}}; }

}  // namespace amortflow
