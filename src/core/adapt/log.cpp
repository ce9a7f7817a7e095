#include "adapt/log.h"

#include <cmath>
#include <limits>

#include "adapt/boundary.h"
#include "adapt/columns.h"
#include "base/errors.h"

namespace amortflow {

namespace {

using Limits = std::numeric_limits<double>;

double log_of(double distance) { return distance < 0 ? Limits::quiet_NaN() : std::log(distance); }

}  // namespace

Log::Log(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"log\"");
  reader.choice("kind", {"log"});
  use_ = reader.numbers("use");
  offset_ = reader.numbers("offset");
  reader.finish();
  if (use_.size() != offset_.size()) throw ConfigError("The adapter's step \"log\" needs one offset per column.");
  places_ = used_columns(use_, "log");
  for (const auto j : places_) {
    if (!std::isfinite(offset_[j])) throw ConfigError("The offsets of the adapter's step \"log\" must be finite.");
    innermost_.push_back(next_inside(-offset_[j], Limits::infinity()));
  }
}

void Log::forward(Matrix<double>& rows, double* log_det) const {
  check_columns(rows, static_cast<std::int64_t>(use_.size()), "log");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* x = rows.row(i);
    double total = 0;
    for (const auto j : places_) {
      const double distance = x[j] + offset_[j];
      x[j] = log_of(distance);
      total += distance > 0 ? -x[j] : -Limits::infinity();
    }
    if (log_det != nullptr) log_det[i] += total;
  }
}

void Log::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(use_.size()), "log");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* z = rows.row(i);
    for (std::size_t k = 0; k < places_.size(); ++k) {
      double& value = z[places_[k]];
      const double x = std::exp(value) - offset_[places_[k]];
      value = x < innermost_[k] ? innermost_[k] : x > Limits::max() ? Limits::max() : x;
    }
  }
}

void Log::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  check_columns(input, static_cast<std::int64_t>(use_.size()), "log");
  check_columns(gradient, static_cast<std::int64_t>(use_.size()), "log");
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const double* x = input.row(i);
    double* g = gradient.row(i);
    for (const auto j : places_) g[j] = (g[j] - log_det_weight) / (x[j] + offset_[j]);
  }
}

Spec Log::to_spec() const { return Spec::List{{"kind", "log"}, {"use", use_}, {"offset", offset_}}; }

}  // namespace amortflow
