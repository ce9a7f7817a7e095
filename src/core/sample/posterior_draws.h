#pragma once

#include <cstdint>
#include <vector>

#include "adapt/adapter.h"
#include "base/host_service.h"
#include "estimators/posterior_estimator.h"
#include "sample/conditions.h"

namespace amortflow {

/// Draws from q(theta | x) for many data sets at once, on the user's scale: `out` is [draw, data set, variable] with
/// the draw running fastest. The noise of a draw depends on (seed, data set, draw) only. Memory beyond `out` is
/// bounded. `member` >= 0: draws of one member of an ensemble.
void sample_posterior(const PosteriorEstimator& estimator,
                      const Adapter& adapter,
                      ObservedData data,
                      std::int64_t draws,
                      std::uint64_t seed,
                      int cores,
                      HostService& host,
                      double* out,
                      std::int64_t member = kMixture);

/// log q(theta | x) on the user's scale of each row of `parameters` [rows, d], given data set `data_set[i]`. Values
/// outside the support have log density -Inf. `member` >= 0: that of one member of an ensemble.
[[nodiscard]] std::vector<double> posterior_log_density(const PosteriorEstimator& estimator,
                                                        const Adapter& adapter,
                                                        ObservedData data,
                                                        Matrix<double> parameters,
                                                        const std::vector<std::int64_t>& data_set,
                                                        int cores,
                                                        HostService& host,
                                                        std::int64_t member = kMixture);

}  // namespace amortflow
