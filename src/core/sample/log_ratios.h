#pragma once

#include <vector>

#include "estimators/ratio_estimator.h"
#include "sample/conditions.h"

namespace amortflow {

/// log p(theta | x) / p(theta) of each row of `parameters` [rows, d] on the user's scale, given row condition_of[i] of
/// `conditions`, as conditions_of() gives them. A ratio is the same on every scale.
[[nodiscard]] std::vector<double> log_ratios_of(const RatioEstimator& estimator,
                                                const Adapter& adapter,
                                                const Matrix<float>& conditions,
                                                const std::vector<std::int64_t>& condition_of,
                                                Matrix<double> parameters);

}  // namespace amortflow
