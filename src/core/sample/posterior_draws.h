#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "adapt/adapter.h"
#include "base/host_service.h"
#include "base/thread_pool.h"
#include "estimators/posterior_estimator.h"

namespace amortflow {

/// Data sets as users have them: one entry per observable, and the context [data sets, context values].
struct ObservedData {
  std::vector<RaggedRows<double>> data;
  Matrix<double> context;

  [[nodiscard]] std::int64_t count() const { return context.rows; }
};

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

/// [data sets, summaries]: what the summary network makes of each data set. Throws Cancelled once `cancelled` is set.
[[nodiscard]] Matrix<float> posterior_conditions(const PosteriorEstimator& estimator,
                                                 const Adapter& adapter,
                                                 ObservedData data,
                                                 ThreadPool& pool,
                                                 const std::atomic<bool>& cancelled);

/// The same on `cores` threads of its own, served by `host`.
[[nodiscard]] Matrix<float> posterior_conditions(const PosteriorEstimator& estimator,
                                                 const Adapter& adapter,
                                                 ObservedData data,
                                                 int cores,
                                                 HostService& host);

}  // namespace amortflow
