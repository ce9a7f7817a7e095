#pragma once

#include <cmath>
#include <utility>
#include <vector>

#include "adapt/step.h"
#include "support/catch.h"

namespace amortflow {

inline Matrix<double> one_row(std::vector<double> values) {
  Matrix<double> row(1, static_cast<std::int64_t>(values.size()));
  row.values = std::move(values);
  return row;
}

/// forward, then inverse, gives `x` back to a relative 1e-9; NaN for NaN.
inline void check_inverse(const AdapterStep& step, const std::vector<double>& x) {
  auto row = one_row(x);
  step.forward(row, nullptr);
  step.inverse(row);
  CATCH_REQUIRE(row.values.size() == x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    const bool both_missing = std::isnan(x[j]) && std::isnan(row.values[j]);
    CATCH_CHECK((both_missing || std::abs(row.values[j] - x[j]) <= 1e-9 * (1 + std::abs(x[j]))));
  }
}

/// log |d out / d in| against central differences of a step that maps column by column.
inline void check_log_det(const AdapterStep& step, const std::vector<double>& x) {
  double expected = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const double h = 1e-6 * std::abs(x[j]) + 1e-9;
    auto up = x;
    auto down = x;
    up[j] += h;
    down[j] -= h;
    auto z_up = one_row(up);
    auto z_down = one_row(down);
    step.forward(z_up, nullptr);
    step.forward(z_down, nullptr);
    expected += std::log(std::abs(z_up.values[j] - z_down.values[j]) / (up[j] - down[j]));
  }
  double log_det = 1.5;  // added to
  auto z = one_row(x);
  step.forward(z, &log_det);
  CATCH_CHECK(std::abs(log_det - 1.5 - expected) < 1e-5);
}

/// The vector-Jacobian product against central differences of sum(weights * out) + log_det_weight * log_det;
/// `weights` has one number per column that comes out. A step without log-Jacobian takes weight 0; where a value is
/// missing, nothing comes back.
inline void check_pull_back(const AdapterStep& step,
                            const std::vector<double>& x,
                            const std::vector<double>& weights,
                            double log_det_weight) {
  const auto value_at = [&](const std::vector<double>& at) {
    auto z = one_row(at);
    double log_det = 0;
    step.forward(z, log_det_weight == 0 ? nullptr : &log_det);
    double f = log_det_weight * log_det;
    for (std::size_t k = 0; k < weights.size(); ++k) f += weights[k] * z.values[k];
    return f;
  };
  auto gradient = one_row(weights);
  step.pull_back(one_row(x), gradient, log_det_weight);
  CATCH_REQUIRE(gradient.values.size() == x.size());
  for (std::size_t j = 0; j < x.size(); ++j) {
    if (std::isnan(x[j])) {
      CATCH_CHECK(gradient.values[j] == 0);
      continue;
    }
    const double h = 1e-6 * std::abs(x[j]) + 1e-9;
    auto up = x;
    auto down = x;
    up[j] += h;
    down[j] -= h;
    const double difference = (value_at(up) - value_at(down)) / (up[j] - down[j]);
    CATCH_CHECK(std::abs(gradient.values[j] - difference) < 1e-4 * (1 + std::abs(difference)));
  }
}

}  // namespace amortflow
