#pragma once

#include "estimators/prediction_estimator.h"
#include "sample/conditions.h"

namespace amortflow {

/// [data sets, prediction_width]: predictions on the networks' scale, on `cores` threads served by `host`. Throws
/// NumericError where data are so far from the simulations that the networks overflow.
[[nodiscard]] Matrix<double> predictions_of(const PredictionEstimator& estimator,
                                            const Adapter& adapter,
                                            ObservedData data,
                                            int cores,
                                            HostService& host);

}  // namespace amortflow
