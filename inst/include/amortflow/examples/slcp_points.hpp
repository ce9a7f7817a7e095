#pragma once

#include <cmath>
#include <cstddef>

#include "amortflow/log_densities.hpp"
#include "amortflow/philox.hpp"

namespace amortflow {
namespace examples {

/// The four points of tasks slcp and slcp_distractors of Lueckmann et al. (2021): normal with means theta[0], theta[1],
/// standard deviations theta[2]^2, theta[3]^2 and correlation tanh(theta[4]), and 1e-6 added to both variances.
class slcp_points final {
 public:
  static constexpr std::size_t kPoints = 4;

  explicit slcp_points(const double* theta) : mean_{theta[0], theta[1]} {
    const double sd_0 = theta[2] * theta[2];
    const double sd_1 = theta[3] * theta[3];
    const double covariance = std::tanh(theta[4]) * sd_0 * sd_1;
    factor_00_ = std::sqrt(sd_0 * sd_0 + kRidge);
    factor_10_ = covariance / factor_00_;
    factor_11_ = std::sqrt(sd_1 * sd_1 + kRidge - factor_10_ * factor_10_);
  }

  /// Writes 8 numbers.
  void draw(rng& random, double* out) const {
    for (std::size_t i = 0; i < kPoints; ++i) {
      const double z_0 = random.normal();
      const double z_1 = random.normal();
      out[2 * i] = mean_[0] + factor_00_ * z_0;
      out[2 * i + 1] = mean_[1] + factor_10_ * z_0 + factor_11_ * z_1;
    }
  }

  [[nodiscard]] double log_density(const double* points) const {
    double sum = 0;
    for (std::size_t i = 0; i < kPoints; ++i) {
      const double z_0 = (points[2 * i] - mean_[0]) / factor_00_;
      sum += normal_lpdf(z_0, 0, 1) - std::log(factor_00_) +
             normal_lpdf(points[2 * i + 1], mean_[1] + factor_10_ * z_0, factor_11_);
    }
    return sum;
  }

 private:
  static constexpr double kRidge = 1e-6;
  double mean_[2];
  double factor_00_, factor_10_, factor_11_;
};

}  // namespace examples
}  // namespace amortflow
