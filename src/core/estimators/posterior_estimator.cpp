#include "estimators/posterior_estimator.h"

#include <algorithm>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>

#include "base/errors.h"
#include "base/torch_compat.h"
#include "estimators/reference_loss.h"
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
  return {slice(batch.parameters, begin, end), slice(batch.data, begin, end)};
}

PosteriorOptions PosteriorOptions::from_spec(const Spec& spec) {
  SpecReader reader(spec, "fit_posterior()");
  PosteriorOptions options;
  reader.choice("kind", {"posterior"});
  options.parameter_count = reader.integer("parameter_count", 1, 100000);
  const Spec& observables = reader.child("observables");
  if (observables.list() == nullptr) throw ConfigError("A posterior's observables must be a list.");
  for (const auto& entry : *observables.list()) {
    SpecReader observable(entry.second, "an observable");
    options.observables.push_back({observable.integer("width", 0, 1000000), observable.child("summary")});
    observable.finish();
  }
  options.context_width = reader.has("context_width") ? reader.integer("context_width", 0, 1000000) : 0;
  options.seed = static_cast<std::uint64_t>(reader.number("seed", 0, 9007199254740992.0));
  options.inference = reader.child("inference");
  reader.finish();
  return options;
}

/// Summary networks, flow and their parameters. The store is declared after them, so member order matters.
class PosteriorEstimator::Networks final : public ReferenceLoss {
 public:
  explicit Networks(const PosteriorOptions& options)
      : parameter_count(options.parameter_count),
        observables(options.observables),
        context_width(options.context_width),
        summaries(summaries_of(options)),
        condition_width(width_of_condition()),
        flow(CouplingFlowOptions::from_spec(options.inference), parameter_count, condition_width, options.seed),
        store(declared()),
        views(store) {
    store.initialize(options.seed);
  }

  /// [data sets, condition_width]; throws ShapeError where the data do not have the shape that the networks were made
  /// for.
  [[nodiscard]] at::Tensor condition(const Batch& data,
                                     const ParameterViews& parameters,
                                     std::vector<NetworkWorkspace>& workspaces) const {
    check_data(data);
    std::vector<at::Tensor> parts;
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      if (observables[k].width == 0) continue;
      LayerState state;
      state.values = as_tensor(data.observed[k].values);
      state.segments = data.observed[k].segments;
      parts.push_back(walk(summaries[k], std::move(state), parameters, workspaces[k]).values);
      check_summaries(parts.back().size(0), data.count());
    }
    if (context_width > 0) parts.push_back(as_tensor(data.context));
    return parts.size() == 1 ? parts.front() : at::cat(parts, 1);
  }

  void check(const TrainingBatch& batch) const override {
    check_parameters(batch.parameters);
    check_data(batch.data);
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      if (observables[k].width == 0) continue;
      Segments segments = batch.data.observed[k].segments;
      for (const auto& layer : summaries[k].layers()) segments = layer->output_segments(segments);
      check_summaries(segments.rows(), batch.count());
    }
  }

  [[nodiscard]] at::Tensor losses(const ReferenceBatch& batch, const ParameterViews& parameters) const override {
    std::vector<at::Tensor> parts;
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      if (observables[k].width == 0) continue;
      LayerState state;
      state.values = batch.observed[k].values;
      state.lengths = batch.observed[k].lengths;
      state.segments = Segments::uniform(batch.parameters.size(0), batch.observed[k].length);
      parts.push_back(summaries[k].reference(std::move(state), parameters).values);
    }
    if (context_width > 0) parts.push_back(batch.context);
    const at::Tensor condition = parts.size() == 1 ? parts.front() : at::cat(parts, 1);
    return flow.negative_log_density_reference(batch.parameters, condition, parameters);
  }

  /// One for each summary network.
  [[nodiscard]] std::vector<NetworkWorkspace> workspaces(AlignedBuffer* gradient) const {
    std::vector<NetworkWorkspace> all;
    for (std::size_t k = 0; k < summaries.size(); ++k) all.emplace_back(store, gradient);
    return all;
  }

  void check_data(const Batch& data) const {
    if (data.observed.size() != observables.size()) {
      throw ShapeError("there must be " + std::to_string(observables.size()) + " observables, not " +
                       std::to_string(data.observed.size()));
    }
    for (std::size_t k = 0; k < observables.size(); ++k) {
      if (data.observed[k].values.cols == observables[k].width) continue;
      throw ShapeError("data must have " + std::to_string(observables[k].width) + " variables, not " +
                       std::to_string(data.observed[k].values.cols));
    }
    if (data.context.cols != context_width) {
      throw ShapeError("the context must have " + std::to_string(context_width) + " numbers, not " +
                       std::to_string(data.context.cols));
    }
  }

  static void check_summaries(std::int64_t rows, std::int64_t data_sets) {
    if (rows != data_sets) throw ShapeError("without a summary network every data set must be one row");
  }

  /// Throws ShapeError unless there is one column per parameter.
  void check_parameters(const Matrix<float>& rows) const {
    if (rows.cols == parameter_count) return;
    throw ShapeError("there must be " + std::to_string(parameter_count) + " parameters, not " +
                     std::to_string(rows.cols));
  }

  std::int64_t parameter_count;
  std::vector<PosteriorOptions::Observable> observables;
  std::int64_t context_width;
  std::vector<Network> summaries;
  std::int64_t condition_width;
  CouplingFlow flow;
  ParameterStore store;
  ParameterViews views;  // without gradients

 private:
  static std::vector<Network> summaries_of(const PosteriorOptions& options) {
    std::vector<Network> networks;
    for (const auto& observable : options.observables) {
      networks.push_back(observable.width > 0 ? make_summary_network(observable.summary, observable.width) : Network());
    }
    return networks;
  }

  [[nodiscard]] std::int64_t width_of_condition() const {
    std::int64_t width = context_width;
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      if (observables[k].width > 0) width += summaries[k].output_width(observables[k].width);
    }
    if (width > 0) return width;
    throw ConfigError("A posterior must be conditioned on at least one number.");
  }

  ParameterLayout declared() {
    ParameterLayout layout;
    for (std::size_t k = 0; k < summaries.size(); ++k) {
      summaries[k].declare(layout, k == 0 ? "summary" : "summary_" + std::to_string(k + 1));
    }
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
        summary_workspaces_(networks.workspaces(&gradient_)),
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
    const at::Tensor condition = networks_.condition(rows.data, views, summary_workspaces_);
    return networks_.flow.negative_log_density(as_tensor(rows.parameters), condition, views, flow_workspace_).sum();
  }

  PosteriorEstimator::Networks& networks_;
  AlignedBuffer gradient_;
  ParameterViews views_;
  std::vector<NetworkWorkspace> summary_workspaces_;
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
const ReferenceLoss* PosteriorEstimator::reference_loss() const { return networks_.get(); }
std::int64_t PosteriorEstimator::parameter_count() const { return networks_->parameter_count; }
std::int64_t PosteriorEstimator::condition_width() const { return networks_->condition_width; }

Matrix<float> PosteriorEstimator::conditions(const Batch& data) const {
  const at::NoGradGuard no_gradient;
  auto workspaces = networks_->workspaces(nullptr);
  return as_matrix(networks_->condition(data, networks_->views, workspaces));
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
