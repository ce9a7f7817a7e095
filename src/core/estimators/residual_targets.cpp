#include "estimators/residual_targets.h"

#include <algorithm>

namespace amortflow {

ResidualTargets::ResidualTargets(const Spec& regression, std::int64_t parameter_count, const Conditioner& conditioner)
    : conditioner_(conditioner) {
  if (regression.is_null()) return;
  const auto columns = static_cast<std::int64_t>(conditioner.plain_columns().size());
  regression_ = LinearRegression(regression, parameter_count, columns);
}

void ResidualTargets::to_residuals(const Batch& data, Matrix<float>& parameters) const {
  if (regression_.empty()) return;
  conditioner_.check_data(data);
  for (std::size_t k = 0; k < conditioner_.observable_count(); ++k) {
    if (conditioner_.is_plain(k)) Conditioner::check_summaries(data.observed[k].values.rows, data.count());
  }
  std::vector<float> plain(conditioner_.plain_columns().size());
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    conditioner_.plain_numbers(data, i, plain.data());
    regression_.to_residual(plain.data(), parameters.row(i));
  }
}

void ResidualTargets::to_residuals(const Panel& condition, const Panel& parameters) const {
  if (regression_.empty()) return;
  std::vector<float> plain(conditioner_.plain_columns().size());
  for (std::int64_t i = 0; i < parameters.rows; ++i) {
    regression_.to_residual(plain_row(condition, i, plain), parameters.values + i * parameters.stride);
  }
}

void ResidualTargets::from_residuals(const Panel& condition, const Panel& residuals) const {
  if (regression_.empty()) return;
  std::vector<float> plain(conditioner_.plain_columns().size());
  for (std::int64_t i = 0; i < residuals.rows; ++i) {
    regression_.from_residual(plain_row(condition, i, plain), residuals.values + i * residuals.stride);
  }
}

void ResidualTargets::pull_back(const Panel& residual_gradient, const Panel& condition_gradient) const {
  if (regression_.empty()) return;
  const auto& columns = conditioner_.plain_columns();
  std::vector<double> by_plain(columns.size());
  for (std::int64_t i = 0; i < residual_gradient.rows; ++i) {
    std::fill(by_plain.begin(), by_plain.end(), 0.0);
    regression_.pull_back(residual_gradient.values + i * residual_gradient.stride, by_plain.data());
    float* const row = condition_gradient.values + i * condition_gradient.stride;
    for (std::size_t k = 0; k < columns.size(); ++k) row[columns[k]] += static_cast<float>(by_plain[k]);
  }
}

const float* ResidualTargets::plain_row(const Panel& condition, std::int64_t i, std::vector<float>& plain) const {
  const float* row = condition.values + i * condition.stride;
  const auto& columns = conditioner_.plain_columns();
  std::transform(columns.begin(), columns.end(), plain.begin(), [row](std::int64_t column) { return row[column]; });
  return plain.data();
}

}  // namespace amortflow
