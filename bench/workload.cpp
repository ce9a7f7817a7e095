#include "workload.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace amortflow::bench {

namespace {

constexpr std::int64_t kParameters = 6;
constexpr std::int64_t kConditions = 10;
constexpr double kPerturbation = 0.2;  // of what a row of ones gives
constexpr double kFlops = 6;           // forth: 1 product of 2; back: 2 products of 2

Matrix<float> normal_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Matrix<float> matrix(rows, cols);
  rng random = stream(seed, Purpose::kCheck, 0);
  for (float& x : matrix.values) x = static_cast<float>(random.normal());
  return matrix;
}

std::string size_name(std::int64_t width, std::int64_t batch) {
  return "h" + std::to_string(width) + "_b" + std::to_string(batch);
}

Workload workload(const Spec& summary,
                  std::int64_t positions,
                  std::int64_t variables,
                  std::int64_t width,
                  std::int64_t batch) {
  Workload work;
  work.positions = positions;
  work.options.target_width = kParameters;
  work.options.seed = 3;
  work.options.condition.observables = {{variables, summary}};
  work.options.inference = Spec::List{{"kind", "coupling_flow"}, {"transform", "affine"}, {"depth", 6},
                                      {"width", width},          {"hidden", 2},           {"activation", "silu"}};
  work.batch.parameters = normal_matrix(batch, kParameters, 1);
  work.batch.data.observed = {{normal_matrix(batch * positions, variables, 2), Segments::uniform(batch, positions)}};
  work.batch.data.context = Matrix<float>(batch, 0);
  return work;
}

/// The number in "<network>.<kind>_<number>.<parameter>".
std::int64_t layer_number(const std::string& name) {
  const std::size_t dot = name.find('.', name.find('.') + 1);
  return std::stoll(name.substr(name.rfind('_', dot) + 1));
}

}  // namespace

Workload flow_workload(std::int64_t width, std::int64_t batch) {
  Workload work = workload(Spec::List{{"kind", "identity"}}, 1, kConditions, width, batch);
  work.name = "flow_" + size_name(width, batch);
  return work;
}

Workload spline_workload(std::int64_t width, std::int64_t batch) {
  Workload work = flow_workload(width, batch);
  work.options.inference.set("transform", "spline");
  work.name = "spline_" + size_name(width, batch);
  return work;
}

Workload deep_set_workload(std::int64_t width, std::int64_t batch) {
  const Spec summary =
      Spec::List{{"kind", "deep_set"}, {"summary_dim", kConditions}, {"width", 64},           {"depth", 2},
                 {"equivariant", 2},   {"activation", "silu"},       {"log_size_center", 3.0}};
  Workload work = workload(summary, 50, 4, width, batch);
  work.pooled_layer = 7;  // 3 x (dense or equivariant dense, dense), mean
  work.name = "deep_set_" + size_name(width, batch);
  return work;
}

Workload set_transformer_workload(std::int64_t width, std::int64_t batch) {
  constexpr std::int64_t kRows = 50;
  constexpr std::int64_t kWidth = 64;
  constexpr std::int64_t kBlocks = 2;
  const Spec summary =
      Spec::List{{"kind", "set_transformer"}, {"summary_dim", kConditions}, {"width", kWidth},      {"heads", 4},
                 {"blocks", kBlocks},         {"feedforward", 128},         {"inducing_points", 0}, {"seeds", 1},
                 {"activation", "silu"},      {"log_size_center", 3.0}};
  Workload work = workload(summary, kRows, 4, width, batch);
  work.pooled_layer = 5 + 2 * kBlocks;  // dense, dense, 2 residuals a block, layer norm, pool
  // Queries times keys and weights times values, for each row and once more for the seed.
  work.attention_flops = kFlops * static_cast<double>(2 * batch * kRows * (kBlocks * kRows + 1) * kWidth);
  work.name = "set_transformer_" + size_name(width, batch);
  return work;
}

Workload time_series_workload(std::int64_t positions, std::int64_t width, std::int64_t batch) {
  const Spec summary =
      Spec::List{{"kind", "time_series"}, {"summary_dim", kConditions}, {"filters", 32},       {"kernel_size", 3},
                 {"recurrent_dim", 64},   {"bidirectional", true},      {"activation", "silu"}};
  Workload work = workload(summary, positions, 3, width, batch);
  work.pooled_layer = 3;  // convolution, recurrent
  work.name = "time_series_" + std::to_string(positions) + "_" + size_name(width, batch);
  return work;
}

PosteriorEstimator make_estimator(const Workload& work) {
  PosteriorEstimator estimator(work.options);
  ParameterStore& store = estimator.parameters();
  for (std::size_t e = 0; e < store.layout().entries().size(); ++e) {
    const ParameterEntry& entry = store.layout().entries()[e];
    rng random = stream(4, Purpose::kCheck, e);
    float* values = store.at(static_cast<std::int64_t>(e));
    const double sd = kPerturbation / std::sqrt(static_cast<double>(entry.rows));
    for (std::int64_t i = 0; i < entry.rows; ++i) {
      for (std::int64_t j = 0; j < entry.cols; ++j) {
        values[i * entry.stride + j] += static_cast<float>(sd * random.normal());
      }
    }
  }
  return estimator;
}

double flops_of_step(const Workload& work, const ParameterStore& parameters) {
  double flops = work.attention_flops;
  for (const ParameterEntry& entry : parameters.layout().entries()) {
    if (!entry.decays) continue;  // matrices decay, vectors do not
    const bool of_means = entry.name.find(".mean_weight") != std::string::npos ||
                          (entry.name.find(".attention_pool_") != std::string::npos &&
                           entry.name.find(".output_weight") != std::string::npos);
    const bool each_row =
        !of_means && entry.name.rfind("summary.", 0) == 0 && layer_number(entry.name) < work.pooled_layer;
    const std::int64_t rows = work.batch.count() * (each_row ? work.positions : 1);
    flops += kFlops * static_cast<double>(entry.rows * entry.cols * rows);
  }
  return flops;
}

std::int64_t default_shards(std::int64_t batch) {
  return std::max({std::clamp<std::int64_t>(batch / 16, 1, 2), std::min<std::int64_t>(batch / 32, 4),
                   std::min<std::int64_t>(batch / 64, 8)});
}

}  // namespace amortflow::bench
