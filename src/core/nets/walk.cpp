#include "nets/walk.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cstring>

namespace amortflow {

namespace {

using Run = NetworkWorkspace::Run;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Slots of a run's shared panels.
enum Slot : std::size_t { kOutput, kGradientEven, kGradientOdd, kCondition, kConditionGradient };

std::size_t bytes(std::int64_t floats) { return sizeof(float) * static_cast<std::size_t>(floats); }

void copy_in(const at::Tensor& tensor, const Panel& panel) {
  const at::Tensor rows = tensor.contiguous();
  const float* from = rows.data_ptr<float>();
  for (std::int64_t i = 0; i < panel.rows; ++i) {
    std::memcpy(panel.values + i * panel.stride, from + i * panel.cols, bytes(panel.cols));
  }
}

at::Tensor copy_out(const Panel& panel) {
  at::Tensor tensor = at::empty({panel.rows, panel.cols}, at::kFloat);
  auto* to = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < panel.rows; ++i) {
    std::memcpy(to + i * panel.cols, panel.values + i * panel.stride, bytes(panel.cols));
  }
  return tensor;
}

Panel forward_layers(Run& run, const at::Tensor& values, const Segments& segments) {
  const auto& layers = run.network->layers();
  run.steps[0].segments = segments;
  run.steps[0].input = run.steps[0].input_buffer.panel(0, values.size(0), values.size(1));
  copy_in(values, run.steps[0].input);
  Panel out;
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    auto& step = run.steps[i];
    const Layer& layer = *layers[run.begin + i];
    const Segments output = layer.output_segments(step.segments);
    const bool last = i + 1 == run.steps.size();
    Scratch& buffer = last ? run.shared : run.steps[i + 1].input_buffer;
    out = buffer.panel(kOutput, output.rows(), layer.output_width());
    run.pass.segments = &step.segments;
    layer.forward(run.pass, step.input, out, step.scratch);
    if (last) break;
    run.steps[i + 1].input = out;
    run.steps[i + 1].segments = output;
  }
  return out;
}

/// The gradient of the run's input, or a null panel where nobody asks for it.
Panel backward_layers(Run& run, Panel gradient) {
  for (std::size_t i = run.steps.size(); i-- > 0;) {
    auto& step = run.steps[i];
    Panel in_gradient = run.shared.panel(i % 2 == 0 ? kGradientEven : kGradientOdd, step.input.rows, step.input.cols);
    if (i == 0 && !run.input_needs_gradient) in_gradient.values = nullptr;
    run.pass.segments = &step.segments;
    run.network->layers()[run.begin + i]->backward(run.pass, step.input, gradient, in_gradient, step.scratch);
    gradient = in_gradient;
  }
  return gradient;
}

class WalkFunction final : public torch::autograd::Function<WalkFunction> {
 public:
  // `anchor` is any parameter: it brings the node into the graph. Gradients of parameters go straight to the shard's
  // buffer, so none is returned.
  static variable_list forward(AutogradContext* context,
                               const Variable& values,
                               const Variable& condition,
                               const Variable& log_det,
                               const Variable& anchor,
                               Run* run,
                               const Segments* segments) {
    (void)anchor;
    context->saved_data["run"] = reinterpret_cast<std::int64_t>(run);
    run->input_needs_gradient = values.requires_grad();
    run->condition_needs_gradient = condition.defined() && condition.requires_grad();
    run->pass.condition = Panel{};
    if (condition.defined()) {
      run->pass.condition = run->shared.panel(kCondition, condition.size(0), condition.size(1));
      copy_in(condition, run->pass.condition);
    }
    variable_list out(1);
    if (log_det.defined()) {
      out.push_back(log_det.detach().clone());
      run->pass.log_det = out[1].data_ptr<float>();
    }
    out[0] = copy_out(forward_layers(*run, values, *segments));
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto& run = *reinterpret_cast<Run*>(context->saved_data["run"].toInt());
    const std::size_t slot = run.steps.size() % 2 == 0 ? kGradientEven : kGradientOdd;
    const Panel out_gradient = run.shared.panel(slot, gradients[0].size(0), gradients[0].size(1));
    copy_in(gradients[0], out_gradient);
    const at::Tensor log_det_gradient = gradients.size() > 1 ? gradients[1].contiguous() : at::Tensor();
    run.pass.log_det_gradient = log_det_gradient.defined() ? log_det_gradient.data_ptr<float>() : nullptr;
    run.pass.condition_gradient = Panel{};
    if (run.condition_needs_gradient) {
      const Panel& condition = run.pass.condition;
      run.pass.condition_gradient = run.shared.panel(kConditionGradient, condition.rows, condition.cols);
      std::memset(run.pass.condition_gradient.values, 0, bytes(condition.rows * condition.stride));
    }
    const Panel in_gradient = backward_layers(run, out_gradient);
    variable_list result(6);
    if (run.input_needs_gradient) result[0] = copy_out(in_gradient);
    if (run.condition_needs_gradient) result[1] = copy_out(run.pass.condition_gradient);
    result[2] = log_det_gradient;
    return result;
  }
};

LayerState walk_run(Run& run, LayerState state, const ParameterViews& parameters) {
  Segments segments = std::move(state.segments);
  const variable_list out =
      WalkFunction::apply(state.values, state.condition, state.log_det, parameters.anchor(), &run, &segments);
  state.values = out[0];
  if (out.size() > 1) state.log_det = out[1];
  for (std::size_t i = run.begin; i < run.end; ++i) segments = run.network->layers()[i]->output_segments(segments);
  state.segments = std::move(segments);
  return state;
}

}  // namespace

NetworkWorkspace::NetworkWorkspace(const ParameterStore& parameters,
                                   AlignedBuffer* gradient,
                                   const AlignedBuffer* mirror) {
  pass_.parameters = &parameters;
  pass_.mirror = mirror;
  pass_.gradient = gradient == nullptr ? nullptr : gradient->data();
}

NetworkWorkspace::Run& NetworkWorkspace::run(const Network& network, std::size_t begin, std::size_t end) {
  for (const auto& run : runs_) {
    if (run->network == &network && run->begin == begin) return *run;
  }
  runs_.push_back(std::make_unique<Run>());
  Run& run = *runs_.back();
  run.network = &network;
  run.begin = begin;
  run.end = end;
  run.pass = pass_;
  run.steps.resize(end - begin);
  return run;
}

LayerState walk(const Network& network,
                LayerState state,
                const ParameterViews& parameters,
                NetworkWorkspace& workspace) {
  const auto& layers = network.layers();
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t end = i;
    while (end < layers.size() && layers[end]->has_fast_form()) ++end;
    if (end == i) {
      state = layers[i]->reference(std::move(state), parameters);
      ++i;
    } else {
      state = walk_run(workspace.run(network, i, end), std::move(state), parameters);
      i = end;
    }
  }
  return state;
}

}  // namespace amortflow
