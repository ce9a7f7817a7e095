#pragma once

#include <memory>

#include "base/spec.h"
#include "estimators/network_estimator.h"

namespace amortflow {

/// The estimator that `spec` describes by its `kind`: posterior, prediction, ratio.
[[nodiscard]] std::unique_ptr<NetworkEstimator> make_estimator(const Spec& spec);

}  // namespace amortflow
