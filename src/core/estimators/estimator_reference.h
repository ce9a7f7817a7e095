#pragma once

#include <memory>

#include "estimators/estimator_networks.h"

namespace amortflow {

class ReferenceLoss;

/// The loss of an estimator by the reference forms of its networks, which must outlive it.
[[nodiscard]] std::shared_ptr<const ReferenceLoss> make_reference_loss(const EstimatorNetworks& networks);

}  // namespace amortflow
