#include "estimators/conditioner_run.h"

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

// Of the run's own scratch, and of each summary network's.
enum Slot : std::size_t { kCondition, kSummaries, kHeadGradient };
enum SummarySlot : std::size_t { kInput, kOutputGradient };

ConstRows rows_of(const Matrix<float>& matrix, std::int64_t begin, std::int64_t end) {
  return {matrix.row(begin), end - begin, matrix.cols, matrix.cols};
}

}  // namespace

Panel ConditionerRun::rows(std::int64_t count) { return own_.panel(kCondition, count, conditioner_.width()); }

Panel ConditionerRun::summarise(std::size_t k,
                                const RaggedRows<float>& data,
                                std::int64_t begin,
                                std::int64_t end,
                                const Pass& pass) {
  const Network& network = conditioner_.summary(k);
  Scratch& scratch = summaries_[k];
  scratch.output_segments.assign_slice(data.segments, begin, end);
  const std::int64_t first = data.segments.offsets[static_cast<std::size_t>(begin)];
  const std::int64_t count = scratch.output_segments.rows();
  const Panel input = scratch.panel(kInput, count, data.values.cols);
  kernels().copy(rows_of(data.values, first, first + count), input.view(), false);
  const Panel summary =
      run_forward(network, 0, network.layers().size(), pass, input, scratch.output_segments, scratch.child(0));
  Conditioner::check_summaries(summary.rows, end - begin);
  return summary;
}

Panel ConditionerRun::forward(const Batch& data, std::int64_t begin, std::int64_t end, const Pass& pass) {
  conditioner_.check_data(data);
  const Network& head = conditioner_.head();
  const Panel all = rows(end - begin);
  const Panel summaries = head.empty() ? all : own_.panel(kSummaries, end - begin, conditioner_.summaries_width());
  std::int64_t column = 0;
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    if (!conditioner_.is_used(k)) continue;
    const Panel summary = summarise(k, data.observed[k], begin, end, pass);
    kernels().copy(summary.view(), summaries.columns(column, summary.cols), false);
    column += summary.cols;
  }
  if (!head.empty()) {
    head_rows_.assign_uniform(end - begin, 1);
    const Panel fused = run_forward(head, 0, head.layers().size(), pass, summaries, head_rows_, head_);
    kernels().copy(fused.view(), all.columns(0, fused.cols), false);
    column = fused.cols;
  }
  const std::int64_t beside = conditioner_.context_width();
  if (beside > 0) kernels().copy(rows_of(data.context, begin, end), all.columns(column, beside), false);
  return all;
}

Panel ConditionerRun::head_backward(const Panel& condition_gradient, const Pass& pass) {
  const Network& head = conditioner_.head();
  if (head.empty()) return condition_gradient;
  const std::int64_t width = head.output_width(conditioner_.summaries_width());
  const Panel gradient = own_.panel(kHeadGradient, condition_gradient.rows, width);
  kernels().copy(condition_gradient.columns(0, width), gradient.view(), false);
  return run_backward(head, 0, head.layers().size(), pass, gradient, true, head_);
}

void ConditionerRun::backward(const Panel& condition_gradient, const Pass& pass) {
  const Panel summaries_gradient = head_backward(condition_gradient, pass);
  std::int64_t column = 0;
  for (std::size_t k = 0; k < summaries_.size(); ++k) {
    if (!conditioner_.is_used(k)) continue;
    const Network& network = conditioner_.summary(k);
    const std::int64_t width = network.output_width(conditioner_.observable_width(k));
    if (!network.empty()) {
      const Panel gradient = summaries_[k].panel(kOutputGradient, summaries_gradient.rows, width);
      kernels().copy(summaries_gradient.columns(column, width), gradient.view(), false);
      run_backward(network, 0, network.layers().size(), pass, gradient, false, summaries_[k].child(0));
    }
    column += width;
  }
}

}  // namespace amortflow
