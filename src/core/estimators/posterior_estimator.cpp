#include "estimators/posterior_estimator.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "flows/coupling_flow.h"
#include "nets/summary_network.h"
#include "nets/walk.h"

namespace amortflow {

namespace {

at::Tensor as_tensor(const Matrix<float>& matrix) {
  auto* values = const_cast<float*>(matrix.values.data());  // LibTorch has no read-only tensors; nothing writes to it
  return at::from_blob(values, {matrix.rows, matrix.cols}, at::kFloat);
}

Matrix<float> as_matrix(const at::Tensor& tensor) {
  const at::Tensor rows = tensor.contiguous();
  Matrix<float> matrix(rows.size(0), rows.size(1));
  std::copy_n(rows.data_ptr<float>(), rows.numel(), matrix.values.begin());
  return matrix;
}

at::Tensor gather(const Matrix<float>& conditions, const std::vector<std::int64_t>& condition_of) {
  auto* index = const_cast<std::int64_t*>(condition_of.data());
  return as_tensor(conditions)
      .index_select(0, at::from_blob(index, {static_cast<std::int64_t>(condition_of.size())}, at::kLong));
}

}  // namespace

TrainingBatch slice(const TrainingBatch& batch, std::int64_t begin, std::int64_t end) {
  TrainingBatch part;
  part.parameters = Matrix<float>(end - begin, batch.parameters.cols);
  part.parameters.values.assign(batch.parameters.row(begin), batch.parameters.row(end));
  part.data.observed = slice(batch.data.observed, begin, end);
  part.data.context = Matrix<float>(end - begin, batch.data.context.cols);
  if (batch.data.context.cols > 0) {
    part.data.context.values.assign(batch.data.context.row(begin), batch.data.context.row(end));
  }
  return part;
}

PosteriorOptions PosteriorOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "fit_posterior()");
  PosteriorOptions options;
  reader.choice("kind", {"posterior"});
  options.parameter_count = reader.integer("parameter_count", 1, 100000);
  options.data_width = reader.integer("data_width", 1, 1000000);
  options.seed = static_cast<std::uint64_t>(reader.number("seed", 0, 9007199254740992.0));
  options.summary = reader.child("summary");
  options.inference = reader.child("inference");
  reader.finish();
  return options;
}

/// Summary network, flow and their parameters. The store is declared after both, so member order matters.
class PosteriorEstimator::Networks {
 public:
  explicit Networks(const PosteriorOptions& options)
      : parameter_count(options.parameter_count),
        data_width(options.data_width),
        summary(make_summary_network(options.summary, options.data_width)),
        condition_width(summary.output_width(options.data_width)),
        flow(CouplingFlowOptions::from_spec(options.inference), parameter_count, condition_width, options.seed),
        store(declared()),
        views(store) {
    store.initialize(options.seed);
  }

  /// [data sets, condition_width]; throws ShapeError where the data do not have the shape that the networks were made
  /// for.
  [[nodiscard]] at::Tensor condition(const Batch& data,
                                     const ParameterViews& parameters,
                                     NetworkWorkspace& workspace) const {
    if (data.observed.values.cols != data_width) {
      throw ShapeError("data must have " + std::to_string(data_width) + " variables, not " +
                       std::to_string(data.observed.values.cols));
    }
    LayerState state;
    state.values = as_tensor(data.observed.values);
    state.segments = data.observed.segments;
    at::Tensor summaries = walk(summary, std::move(state), parameters, workspace).values;
    if (summaries.size(0) != data.count()) {
      throw ShapeError("without a summary network every data set must be one row");
    }
    return summaries;
  }

  /// Throws ShapeError unless there is one column per parameter.
  void check_parameters(const Matrix<float>& rows) const {
    if (rows.cols == parameter_count) return;
    throw ShapeError("there must be " + std::to_string(parameter_count) + " parameters, not " +
                     std::to_string(rows.cols));
  }

  std::int64_t parameter_count;
  std::int64_t data_width;
  Network summary;
  std::int64_t condition_width;
  CouplingFlow flow;
  ParameterStore store;
  ParameterViews views;  // without gradients

 private:
  ParameterLayout declared() {
    ParameterLayout layout;
    summary.declare(layout, "summary");
    flow.declare(layout, "inference");
    return layout;
  }
};

namespace {

class PosteriorShard final : public TrainingShard {
 public:
  explicit PosteriorShard(PosteriorEstimator::Networks& networks)
      : networks_(networks),
        gradient_(networks.store.layout().floats()),
        views_(networks.store, gradient_),
        summary_workspace_(networks.store, &gradient_),
        flow_workspace_(networks.store, &gradient_) {}

  double loss_and_gradient(const TrainingBatch& rows, double scale) override {
    const torch_compat::SilentWarnings silent;
    const at::Tensor loss = loss_tensor(rows, views_) * scale;
    loss.backward();
    return loss.item<double>();
  }

  double loss(const TrainingBatch& rows, double scale) override {
    const at::NoGradGuard no_gradient;
    return loss_tensor(rows, networks_.views).item<double>() * scale;
  }

  [[nodiscard]] AlignedBuffer& gradient() override { return gradient_; }

 private:
  at::Tensor loss_tensor(const TrainingBatch& rows, const ParameterViews& views) {
    networks_.check_parameters(rows.parameters);
    const at::Tensor condition = networks_.condition(rows.data, views, summary_workspace_);
    return networks_.flow.negative_log_density(as_tensor(rows.parameters), condition, views, flow_workspace_).sum();
  }

  PosteriorEstimator::Networks& networks_;
  AlignedBuffer gradient_;
  ParameterViews views_;
  NetworkWorkspace summary_workspace_;
  NetworkWorkspace flow_workspace_;
};

}  // namespace

PosteriorEstimator::PosteriorEstimator(const PosteriorOptions& options)
    : networks_(std::make_unique<Networks>(options)) {}
PosteriorEstimator::~PosteriorEstimator() = default;
PosteriorEstimator::PosteriorEstimator(PosteriorEstimator&&) noexcept = default;

ParameterStore& PosteriorEstimator::parameters() { return networks_->store; }
const ParameterStore& PosteriorEstimator::parameters() const { return networks_->store; }
std::unique_ptr<TrainingShard> PosteriorEstimator::make_shard() { return std::make_unique<PosteriorShard>(*networks_); }
std::int64_t PosteriorEstimator::parameter_count() const { return networks_->parameter_count; }
std::int64_t PosteriorEstimator::condition_width() const { return networks_->condition_width; }

Matrix<float> PosteriorEstimator::conditions(const Batch& data) const {
  const at::NoGradGuard no_gradient;
  NetworkWorkspace workspace(networks_->store);
  return as_matrix(networks_->condition(data, networks_->views, workspace));
}

void PosteriorEstimator::inverse(const Matrix<float>& conditions,
                                 const std::vector<std::int64_t>& condition_of,
                                 Matrix<float>& noise) const {
  networks_->check_parameters(noise);
  Matrix<float> condition(noise.rows, conditions.cols);
  for (std::int64_t i = 0; i < noise.rows; ++i) {
    std::copy_n(conditions.row(condition_of[static_cast<std::size_t>(i)]), conditions.cols, condition.row(i));
  }
  Scratch scratch;
  networks_->flow.inverse(noise, condition, networks_->store, scratch);
}

void PosteriorEstimator::log_density(const Matrix<float>& conditions,
                                     const std::vector<std::int64_t>& condition_of,
                                     const Matrix<float>& parameters,
                                     double* out) const {
  networks_->check_parameters(parameters);
  const at::NoGradGuard no_gradient;
  NetworkWorkspace workspace(networks_->store);
  const at::Tensor negative = networks_->flow.negative_log_density(
      as_tensor(parameters), gather(conditions, condition_of), networks_->views, workspace);
  const at::Tensor rows = negative.contiguous();
  const float* values = rows.data_ptr<float>();
  for (std::int64_t i = 0; i < parameters.rows; ++i) out[i] = -static_cast<double>(values[i]);
}

}  // namespace amortflow
