#pragma once

#include <cstdint>
#include <string>

#include "estimators/posterior_estimator.h"

namespace amortflow::bench {

/// A posterior of 6 parameters by the flow of the design's spike (6 layers, 12 dense networks of two hidden layers with
/// SiLU, conditioned on 10 numbers), with one batch to train it on.
struct Workload {
  std::string name;
  PosteriorOptions options;
  TrainingBatch batch;
  std::int64_t positions = 1;     ///< rows of each data set
  std::int64_t pooled_layer = 1;  ///< the first layer of the summary network, counted from 1, that sees one row for
                                  ///< each data set; those before see `positions`
  double attention_flops = 0;     ///< of a step's products of attention, which have no weights
};

/// The 10 numbers are the data.
[[nodiscard]] Workload flow_workload(std::int64_t width, std::int64_t batch);
/// The same by spline couplings, of 16 bins.
[[nodiscard]] Workload spline_workload(std::int64_t width, std::int64_t batch);
/// The 10 numbers come from a deep set of 2 equivariant and 1 invariant modules of 64 units, data sets of 50 x 4.
[[nodiscard]] Workload deep_set_workload(std::int64_t width, std::int64_t batch);
/// The 10 numbers come from a set transformer of the default size (2 blocks of width 64, 4 heads, 128 units), data sets
/// of 50 x 4.
[[nodiscard]] Workload set_transformer_workload(std::int64_t width, std::int64_t batch);
/// The 10 numbers come from a convolution of 32 filters and a bidirectional gated recurrent unit of 128 (64 units a
/// direction); 3 variables.
[[nodiscard]] Workload time_series_workload(std::int64_t positions, std::int64_t width, std::int64_t batch);

/// Moved off its start, where coupling networks are zero, so that all gradients flow.
[[nodiscard]] PosteriorEstimator make_estimator(const Workload& workload);

/// Of the products of one training step, without padding: each weight of a matrix and each row that it meets is a
/// multiplication and an addition on the way forth and twice that on the way back.
[[nodiscard]] double flops_of_step(const Workload& workload, const ParameterStore& parameters);

/// Shards that fit_posterior() chooses for a batch (R/fit-task.R).
[[nodiscard]] std::int64_t default_shards(std::int64_t batch);

}  // namespace amortflow::bench
