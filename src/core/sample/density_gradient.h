#pragma once

#include <cstdint>
#include <vector>

#include "adapt/adapter.h"
#include "base/host_service.h"
#include "estimators/posterior_estimator.h"
#include "sample/conditions.h"

namespace amortflow {

/// log q(target | data) of each row of `targets` [rows, d] given data set `data_set[i]`, and its gradient by that data
/// set's numbers, both on the user's scale. Data sets are one row of one observable, which reaches the network as it
/// is: where roles are exchanged, the parameters of a likelihood.
struct DensityGradient {
  std::vector<double> log_density;
  Matrix<double> gradient;  ///< [rows, width of a data set]; 0 where the density is
};

/// Throws ConfigError for estimators that have something else between data and network, or no such gradient.
[[nodiscard]] DensityGradient log_density_gradient(const PosteriorEstimator& estimator,
                                                   const Adapter& adapter,
                                                   ObservedData data,
                                                   Matrix<double> targets,
                                                   const std::vector<std::int64_t>& data_set,
                                                   int cores,
                                                   HostService& host);

}  // namespace amortflow
