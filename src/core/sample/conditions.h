#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "adapt/adapter.h"
#include "base/host_service.h"
#include "base/thread_pool.h"
#include "estimators/network_estimator.h"

namespace amortflow {

/// Data sets as users have them: one entry per observable, and the context [data sets, context values].
struct ObservedData {
  std::vector<RaggedRows<double>> data;
  Matrix<double> context;

  [[nodiscard]] std::int64_t count() const { return context.rows; }
};

/// The data sets as the networks see them, those that are to be shown in part cut.
[[nodiscard]] Batch adapted_data(const Adapter& adapter, ObservedData data);

/// Calls `piece(begin, end)` on the threads of `pool` for data sets [begin, end) that together keep products busy and
/// are few enough for the cache. Throws Cancelled once `cancelled` is set.
void for_data_pieces(const Batch& data,
                     ThreadPool& pool,
                     const std::atomic<bool>& cancelled,
                     const std::function<void(std::int64_t, std::int64_t)>& piece);

/// [data sets, condition_width]: what the networks are conditioned on for each data set. Throws NumericError where data
/// are so far from the simulations that the networks overflow, and Cancelled.
[[nodiscard]] Matrix<float> conditions_of(const NetworkEstimator& estimator,
                                          const Adapter& adapter,
                                          ObservedData data,
                                          ThreadPool& pool,
                                          const std::atomic<bool>& cancelled);

/// The same on `cores` threads of its own, served by `host`.
[[nodiscard]] Matrix<float> conditions_of(const NetworkEstimator& estimator,
                                          const Adapter& adapter,
                                          ObservedData data,
                                          int cores,
                                          HostService& host);

[[noreturn]] void refuse_overflow(const std::string& which);

}  // namespace amortflow
