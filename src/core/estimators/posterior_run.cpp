#include "estimators/posterior_run.h"

#include <algorithm>
#include <cstring>

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

// Of the run's own scratch, and of each summary network's.
enum Slot : std::size_t {
  kCondition,
  kConditionGradient,
  kParameters,
  kNoise,
  kLogDetGradient,
  kLossGradient,
  kSummaries,
  kHeadGradient
};
enum SummarySlot : std::size_t { kInput, kOutputGradient };

ConstRows rows_of(const Matrix<float>& matrix, std::int64_t begin, std::int64_t end) {
  return {matrix.row(begin), end - begin, matrix.cols, matrix.cols};
}

void zero(const Panel& panel) {
  std::memset(panel.values, 0, sizeof(float) * static_cast<std::size_t>(panel.rows * panel.stride));
}

}  // namespace

PosteriorRun::PosteriorRun(const PosteriorNetworks& networks, std::int64_t member, AlignedBuffer* gradient)
    : networks_(networks),
      member_(networks.member(member)),
      noise_column_(member * member_.inference->loss_noise_width()),
      summaries_(member_.summaries.size()) {
  pass_.parameters = &networks.store;
  pass_.gradient = gradient == nullptr ? nullptr : gradient->data();
  has_summaries_ = !member_.head.empty() || std::any_of(member_.summaries.begin(), member_.summaries.end(),
                                                        [](const Network& summary) { return !summary.empty(); });
}

Panel PosteriorRun::summarise(std::size_t k, const RaggedRows<float>& data, std::int64_t begin, std::int64_t end) {
  const Network& network = member_.summaries[k];
  Scratch& scratch = summaries_[k];
  scratch.output_segments.assign_slice(data.segments, begin, end);
  const std::int64_t first = data.segments.offsets[static_cast<std::size_t>(begin)];
  const std::int64_t rows = scratch.output_segments.rows();
  const Panel input = scratch.panel(kInput, rows, data.values.cols);
  kernels().copy(rows_of(data.values, first, first + rows), input.view(), false);
  const Panel summary =
      run_forward(network, 0, network.layers().size(), pass_, input, scratch.output_segments, scratch.child(0));
  PosteriorNetworks::check_summaries(summary.rows, end - begin);
  return summary;
}

Panel PosteriorRun::condition(const Batch& data, std::int64_t begin, std::int64_t end) {
  networks_.check_data(data);
  const Network& head = member_.head;
  const Panel all = condition_rows(end - begin);
  const Panel summaries = head.empty() ? all : own_.panel(kSummaries, end - begin, networks_.summaries_width);
  std::int64_t column = 0;
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    if (!networks_.is_used(k)) continue;
    const Panel summary = summarise(k, data.observed[k], begin, end);
    kernels().copy(summary.view(), summaries.columns(column, summary.cols), false);
    column += summary.cols;
  }
  if (!head.empty()) {
    head_rows_.assign_uniform(end - begin, 1);
    const Panel fused = run_forward(head, 0, head.layers().size(), pass_, summaries, head_rows_, head_);
    kernels().copy(fused.view(), all.columns(0, fused.cols), false);
    column = fused.cols;
  }
  if (networks_.context_width > 0) {
    kernels().copy(rows_of(data.context, begin, end), all.columns(column, networks_.context_width), false);
  }
  return all;
}

Panel PosteriorRun::condition_rows(std::int64_t rows) {
  return own_.panel(kCondition, rows, networks_.condition_width);
}

Panel PosteriorRun::copied(const Matrix<float>& matrix, std::int64_t begin, std::int64_t end, std::size_t slot) {
  const Panel rows = own_.panel(slot, end - begin, matrix.cols);
  kernels().copy(rows_of(matrix, begin, end), rows.view(), false);
  return rows;
}

/// The member's own columns.
Panel PosteriorRun::loss_noise(const BatchRange& data_sets) {
  const std::int64_t width = member_.inference->loss_noise_width();
  if (width == 0) return {};
  const Matrix<float>& noise = data_sets.batch.noise;
  const Panel rows = own_.panel(kNoise, data_sets.count(), width);
  kernels().copy({noise.row(data_sets.begin) + noise_column_, rows.rows, width, noise.cols}, rows.view(), false);
  return rows;
}

Panel PosteriorRun::losses(const BatchRange& data_sets, const Panel& condition) {
  const TrainingBatch& batch = data_sets.batch;
  networks_.check_parameters(batch.parameters);
  networks_.check_noise(batch.noise, batch.count());
  pass_.condition = condition;
  pass_.noise = loss_noise(data_sets);
  const Panel input = copied(batch.parameters, data_sets.begin, data_sets.end, kParameters);
  return run_loss(*member_.inference, pass_, input, inference_);
}

Panel PosteriorRun::negative_log_density(const Matrix<float>& parameters,
                                         std::int64_t begin,
                                         std::int64_t end,
                                         const Panel& condition) {
  networks_.check_parameters(parameters);
  pass_.condition = condition;
  pass_.noise = Panel{};
  const Panel values = copied(parameters, begin, end, kParameters);
  networks_.to_residuals(condition, values);
  return member_.inference->negative_log_density(pass_, values, inference_);
}

void PosteriorRun::backward(double scale) {
  const std::int64_t rows = pass_.condition.rows;
  const Panel by_loss = own_.panel(kLossGradient, rows, 1);
  for (std::int64_t i = 0; i < rows; ++i) by_loss.values[i * by_loss.stride] = static_cast<float>(scale);
  const Panel log_det_gradient = own_.panel(kLogDetGradient, 1, rows);
  zero(log_det_gradient);
  pass_.log_det_gradient = log_det_gradient.values;
  pass_.condition_gradient = has_summaries_ ? own_.panel(kConditionGradient, rows, networks_.condition_width) : Panel{};
  if (has_summaries_) zero(pass_.condition_gradient);
  const Network& network = member_.inference->loss();
  run_backward(network, 0, network.layers().size(), pass_, by_loss, false, inference_);
  if (has_summaries_) summaries_backward(head_backward(pass_.condition_gradient));
}

Panel PosteriorRun::head_backward(const Panel& condition_gradient) {
  const Network& head = member_.head;
  if (head.empty()) return condition_gradient;
  const std::int64_t width = head.output_width(networks_.summaries_width);
  const Panel gradient = own_.panel(kHeadGradient, condition_gradient.rows, width);
  kernels().copy(condition_gradient.columns(0, width), gradient.view(), false);
  return run_backward(head, 0, head.layers().size(), pass_, gradient, true, head_);
}

void PosteriorRun::summaries_backward(const Panel& summaries_gradient) {
  std::int64_t column = 0;
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    if (!networks_.is_used(k)) continue;
    const Network& network = member_.summaries[k];
    const std::int64_t width = network.output_width(networks_.observables[k].width);
    if (!network.empty()) {
      const Panel gradient = summaries_[k].panel(kOutputGradient, summaries_gradient.rows, width);
      kernels().copy(summaries_gradient.columns(column, width), gradient.view(), false);
      run_backward(network, 0, network.layers().size(), pass_, gradient, false, summaries_[k].child(0));
    }
    column += width;
  }
}

void PosteriorRun::draw(const Matrix<float>& noise,
                        std::int64_t begin,
                        std::int64_t end,
                        const Panel& condition,
                        Matrix<float>& draws) {
  pass_.condition = condition;
  pass_.noise = Panel{};
  const Panel rows = member_.inference->draw(pass_, copied(noise, begin, end, kNoise), inference_);
  networks_.from_residuals(condition, rows);
  kernels().copy(rows.view(), Rows{draws.row(begin), end - begin, draws.cols, draws.cols}, false);
}

}  // namespace amortflow
