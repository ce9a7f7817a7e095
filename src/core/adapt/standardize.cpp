#include "adapt/standardize.h"

#include <cmath>
#include <string>

#include "base/errors.h"

namespace amortflow {

Standardize::Standardize(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"standardize\"");
  reader.choice("kind", {"standardize"});
  mean_ = reader.numbers("mean");
  sd_ = reader.numbers("sd");
  reader.finish();
  if (mean_.size() != sd_.size()) throw ConfigError("Means and standard deviations must come in pairs.");
  for (std::size_t j = 0; j < sd_.size(); ++j) {
    if (!std::isfinite(mean_[j]) || !std::isfinite(sd_[j]) || sd_[j] <= 0) {
      throw ConfigError("A column is standardised by a finite mean and a positive standard deviation, not by " +
                        std::to_string(mean_[j]) + " and " + std::to_string(sd_[j]) + ".");
    }
    log_det_ -= std::log(sd_[j]);
  }
}

void Standardize::forward(Matrix<double>& rows, double* log_det) const {
  check_columns(rows, static_cast<std::int64_t>(sd_.size()), "standardize");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* x = rows.row(i);
    for (std::size_t j = 0; j < sd_.size(); ++j) x[j] = (x[j] - mean_[j]) / sd_[j];
    if (log_det != nullptr) log_det[i] += log_det_;
  }
}

void Standardize::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(sd_.size()), "standardize");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* z = rows.row(i);
    for (std::size_t j = 0; j < sd_.size(); ++j) z[j] = mean_[j] + sd_[j] * z[j];
  }
}

void Standardize::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double /*log_det_weight*/) const {
  check_columns(input, static_cast<std::int64_t>(sd_.size()), "standardize");
  check_columns(gradient, static_cast<std::int64_t>(sd_.size()), "standardize");
  for (std::int64_t i = 0; i < gradient.rows; ++i) {
    double* g = gradient.row(i);
    for (std::size_t j = 0; j < sd_.size(); ++j) g[j] /= sd_[j];
  }
}

Spec Standardize::to_spec() const { return Spec::List{{"kind", "standardize"}, {"mean", mean_}, {"sd", sd_}}; }

}  // namespace amortflow
