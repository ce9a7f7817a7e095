#include "adapt/missing.h"

#include <cmath>
#include <limits>

#include "adapt/columns.h"
#include "base/errors.h"

namespace amortflow {

Missing::Missing(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"missing\"");
  reader.choice("kind", {"missing"});
  use_ = reader.numbers("use");
  fill_ = reader.numbers("fill");
  reader.finish();
  if (use_.size() != fill_.size()) throw ConfigError("The adapter's step \"missing\" needs one fill per column.");
  for (const double fill : fill_) {
    if (!std::isfinite(fill)) throw ConfigError("What the adapter's step \"missing\" fills in must be finite.");
  }
  masks_ = used_columns(use_, "missing").size();
}

void Missing::forward(Matrix<double>& rows, double* log_det) const {
  refuse_log_det(log_det, "missing");
  check_columns(rows, width(), "missing");
  Matrix<double> filled(rows.rows, masked_width());
  double* out = filled.values.data();
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    const double* x = rows.row(i);
    for (std::size_t j = 0; j < use_.size(); ++j) {
      const bool missing = use_[j] == 1 && std::isnan(x[j]);
      *out++ = missing ? fill_[j] : x[j];
      if (use_[j] == 1) *out++ = missing ? 1 : 0;
    }
  }
  rows = std::move(filled);
}

void Missing::inverse(Matrix<double>& rows) const {
  check_columns(rows, masked_width(), "missing");
  Matrix<double> values(rows.rows, width());
  const double* in = rows.values.data();
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    for (std::size_t j = 0; j < use_.size(); ++j) {
      double& x = values.row(i)[j];
      x = *in++;
      if (use_[j] == 1 && *in++ > 0.5) x = std::numeric_limits<double>::quiet_NaN();
    }
  }
  rows = std::move(values);
}

void Missing::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double /*log_det_weight*/) const {
  check_columns(input, width(), "missing");
  check_columns(gradient, masked_width(), "missing");
  Matrix<double> back(input.rows, width());
  const double* g = gradient.values.data();
  for (std::int64_t i = 0; i < input.rows; ++i) {
    for (std::size_t j = 0; j < use_.size(); ++j) {
      const bool missing = use_[j] == 1 && std::isnan(input.row(i)[j]);
      back.row(i)[j] = missing ? 0 : *g;
      g += use_[j] == 1 ? 2 : 1;
    }
  }
  gradient = std::move(back);
}

Spec Missing::to_spec() const { return Spec::List{{"kind", "missing"}, {"use", use_}, {"fill", fill_}}; }

}  // namespace amortflow
