#include "support/walk.h"

#include <algorithm>
#include <cstring>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nets/layer_run.h"
#include "nets/layer_state.h"
#include "support/panels.h"

namespace amortflow {

namespace {

using Run = NetworkWorkspace::Run;
using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Slots of a run's own panels.
enum Slot : std::size_t { kInput, kCondition, kNoise, kOutputGradient, kConditionGradient, kLogDetGradient };

std::size_t bytes(std::int64_t floats) { return sizeof(float) * static_cast<std::size_t>(floats); }

at::Tensor copy_out(const Panel& panel) {
  at::Tensor tensor = at::empty({panel.rows, panel.cols}, at::kFloat);
  auto* to = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < panel.rows; ++i) {
    std::copy_n(panel.values + i * panel.stride, panel.cols, to + i * panel.cols);
  }
  return tensor;
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
    run->condition_needs_gradient = condition.requires_grad();
    run->pass.condition = condition.dim() == 2 ? panel_of(condition, kCondition, run->own) : Panel{};
    variable_list out(1);
    if (log_det.size(0) > 0) {
      out.push_back(log_det.detach().clone());
      run->pass.log_det = out[1].data_ptr<float>();
    }
    const Panel input = panel_of(values, kInput, run->own);
    run->segments = *segments;
    out[0] = copy_out(run_forward(*run->network, run->begin, run->end, run->pass, input, run->segments, run->layers));
    return out;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto& run = *reinterpret_cast<Run*>(context->saved_data["run"].toInt());
    const Panel out_gradient = panel_of(gradients[0], kOutputGradient, run.own);
    if (run.pass.log_det != nullptr) receive_log_det_gradient(run, gradients);
    run.pass.condition_gradient = Panel{};
    if (run.condition_needs_gradient) {
      const Panel& condition = run.pass.condition;
      run.pass.condition_gradient = run.own.panel(kConditionGradient, condition.rows, condition.cols);
      std::memset(run.pass.condition_gradient.values, 0, bytes(condition.rows * condition.stride));
    }
    const Panel in_gradient =
        run_backward(*run.network, run.begin, run.end, run.pass, out_gradient, run.input_needs_gradient, run.layers);
    variable_list result(6);
    if (run.input_needs_gradient) result[0] = copy_out(in_gradient);
    if (run.condition_needs_gradient) result[1] = copy_out(run.pass.condition_gradient);
    if (run.pass.log_det != nullptr) {
      result[2] = at::from_blob(run.pass.log_det_gradient, {run.layers.child(0).input.rows}, at::kFloat).clone();
    }
    return result;
  }

 private:
  static void receive_log_det_gradient(Run& run, const variable_list& gradients) {
    const std::int64_t rows = run.layers.child(0).input.rows;
    run.pass.log_det_gradient = run.own.panel(kLogDetGradient, 1, rows).values;
    if (gradients.size() > 1 && gradients[1].defined()) {
      const at::Tensor gradient = gradients[1].contiguous();
      std::copy_n(gradient.data_ptr<float>(), rows, run.pass.log_det_gradient);
    } else {
      std::fill_n(run.pass.log_det_gradient, rows, 0.0F);
    }
  }
};

LayerState walk_run(Run& run, LayerState state, const ParameterViews& parameters) {
  run.pass.noise = state.noise.defined() ? panel_of(state.noise, kNoise, run.own) : Panel{};
  Segments segments = std::move(state.segments);
  const at::Tensor absent = at::empty({0}, at::kFloat);  // autograd takes no undefined tensors
  const variable_list out =
      WalkFunction::apply(state.values, state.condition.defined() ? state.condition : absent,
                          state.log_det.defined() ? state.log_det : absent, parameters.anchor(), &run, &segments);
  state.values = out[0];
  if (out.size() > 1) state.log_det = out[1];
  for (std::size_t i = run.begin; i < run.end; ++i) {
    Segments own;
    segments = run.network->layers()[i]->output_segments(segments, own);
  }
  state.segments = std::move(segments);
  return state;
}

}  // namespace

NetworkWorkspace::NetworkWorkspace(const ParameterStore& parameters, AlignedBuffer* gradient) {
  pass_.parameters = &parameters;
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
