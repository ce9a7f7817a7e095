#include "adapt/tails.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "base/errors.h"

namespace amortflow {

namespace {

void check_scales(const std::vector<double>& scale, const char* step) {
  const bool good = std::all_of(scale.begin(), scale.end(), [](double s) { return std::isfinite(s) && s >= 0; });
  if (!good)
    throw ConfigError("The scales of the adapter's step \"" + std::string(step) + "\" must be finite and >= 0.");
}

// Inverses grow exponentially; the user's scale ends at the largest double.
double finite(double x) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  return std::isnan(x) ? x : std::clamp(x, -kLargest, kLargest);
}

}  // namespace

Log1p::Log1p(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"log1p\"");
  reader.choice("kind", {"log1p"});
  scale_ = reader.numbers("scale");
  reader.finish();
  check_scales(scale_, "log1p");
}

void Log1p::forward(Matrix<double>& rows, double* log_det) const {
  check_columns(rows, static_cast<std::int64_t>(scale_.size()), "log1p");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* x = rows.row(i);
    double total = 0;
    for (std::size_t j = 0; j < scale_.size(); ++j) {
      if (scale_[j] == 0) continue;
      const double size = std::abs(x[j]) / scale_[j];
      x[j] = std::copysign(std::log1p(size), x[j]);
      if (log_det != nullptr) total -= std::log(scale_[j]) + std::log1p(size);
    }
    if (log_det != nullptr) log_det[i] += total;
  }
}

void Log1p::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(scale_.size()), "log1p");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* z = rows.row(i);
    for (std::size_t j = 0; j < scale_.size(); ++j) {
      if (scale_[j] > 0) z[j] = finite(std::copysign(scale_[j] * std::expm1(std::abs(z[j])), z[j]));
    }
  }
}

void Log1p::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  check_columns(input, static_cast<std::int64_t>(scale_.size()), "log1p");
  check_columns(gradient, static_cast<std::int64_t>(scale_.size()), "log1p");
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const double* x = input.row(i);
    double* g = gradient.row(i);
    for (std::size_t j = 0; j < scale_.size(); ++j) {
      if (scale_[j] == 0) continue;
      const double slope = 1 / (scale_[j] + std::abs(x[j]));
      g[j] = g[j] * slope - log_det_weight * std::copysign(slope, x[j]);
    }
  }
}

Spec Log1p::to_spec() const { return Spec::List{{"kind", "log1p"}, {"scale", scale_}}; }

Asinh::Asinh(const Spec& spec) {
  SpecReader reader(spec, "the adapter's step \"asinh\"");
  reader.choice("kind", {"asinh"});
  center_ = reader.numbers("center");
  scale_ = reader.numbers("scale");
  reader.finish();
  check_scales(scale_, "asinh");
  const bool good = std::all_of(center_.begin(), center_.end(), [](double c) { return std::isfinite(c); });
  if (!good || center_.size() != scale_.size()) {
    throw ConfigError("The adapter's step \"asinh\" needs one finite center per scale.");
  }
}

void Asinh::forward(Matrix<double>& rows, double* log_det) const {
  check_columns(rows, static_cast<std::int64_t>(scale_.size()), "asinh");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* x = rows.row(i);
    double total = 0;
    for (std::size_t j = 0; j < scale_.size(); ++j) {
      if (scale_[j] == 0) continue;
      const double u = (x[j] - center_[j]) / scale_[j];
      x[j] = std::asinh(u);
      if (log_det != nullptr) total -= std::log(scale_[j]) + std::log(std::hypot(1, u));
    }
    if (log_det != nullptr) log_det[i] += total;
  }
}

void Asinh::inverse(Matrix<double>& rows) const {
  check_columns(rows, static_cast<std::int64_t>(scale_.size()), "asinh");
  for (std::int64_t i = 0; i < rows.rows; ++i) {
    double* z = rows.row(i);
    for (std::size_t j = 0; j < scale_.size(); ++j) {
      if (scale_[j] > 0) z[j] = finite(center_[j] + scale_[j] * std::sinh(z[j]));
    }
  }
}

void Asinh::pull_back(const Matrix<double>& input, Matrix<double>& gradient, double log_det_weight) const {
  check_columns(input, static_cast<std::int64_t>(scale_.size()), "asinh");
  check_columns(gradient, static_cast<std::int64_t>(scale_.size()), "asinh");
  for (std::int64_t i = 0; i < input.rows; ++i) {
    const double* x = input.row(i);
    double* g = gradient.row(i);
    for (std::size_t j = 0; j < scale_.size(); ++j) {
      if (scale_[j] == 0) continue;
      const double u = (x[j] - center_[j]) / scale_[j];
      const double length = std::hypot(1, u);
      g[j] = (g[j] / length - log_det_weight * (u / length) / length) / scale_[j];
    }
  }
}

Spec Asinh::to_spec() const { return Spec::List{{"kind", "asinh"}, {"center", center_}, {"scale", scale_}}; }

}  // namespace amortflow
