#pragma once

#include <memory>

#include "estimators/posterior_networks.h"

namespace amortflow {

class ReferenceLoss;

/// The negative log density of a posterior by the reference forms of its networks, which must outlive it.
[[nodiscard]] std::shared_ptr<const ReferenceLoss> make_posterior_reference(const PosteriorNetworks& networks);

}  // namespace amortflow
