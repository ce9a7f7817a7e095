#include "nets/recurrent.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "nets/segment_index.h"

namespace amortflow {

void Recurrent::declare(ParameterLayout& layout, const std::string& prefix) {
  const std::int64_t gates = 3 * options_.hidden_width;
  const double sd = std::sqrt(1.0 / static_cast<double>(options_.input_width));
  directions_.clear();
  for (std::int64_t i = 0; i < directions(); ++i) {
    const std::string side = prefix + (i == 0 ? ".forwards" : ".backwards");
    Direction direction;
    direction.input_weight =
        layout.add(side + ".input_weight", options_.input_width, gates, {Initializer::Kind::kNormal, sd}, true);
    direction.input_bias = layout.add(side + ".input_bias", 1, gates, {}, false);
    direction.state_weight =
        layout.add(side + ".state_weight", options_.hidden_width, gates, {Initializer::Kind::kOrthogonal, 1.0}, true);
    direction.state_bias = layout.add(side + ".state_bias", 1, gates, {}, false);
    directions_.push_back(direction);
  }
}

at::Tensor Recurrent::last_state(const LayerState& state,
                                 const ParameterViews& parameters,
                                 const Direction& direction,
                                 bool backwards) const {
  const std::int64_t width = options_.hidden_width;
  const at::Tensor rows = padded_rows(state.segments);
  const at::Tensor valid = rows.lt(state.segments.rows()).to(state.values.options()).unsqueeze(2);
  const at::Tensor inputs =
      at::constant_pad_nd(at::addmm(parameters[direction.input_bias], state.values, parameters[direction.input_weight]),
                          {0, 0, 0, 1})
          .index_select(0, rows.view({-1}))
          .view({rows.size(0), rows.size(1), 3 * width});
  at::Tensor h = at::zeros({rows.size(0), width}, state.values.options());
  for (std::int64_t step = 0; step < rows.size(1); ++step) {
    const std::int64_t t = backwards ? rows.size(1) - 1 - step : step;
    const at::Tensor x = inputs.select(1, t);
    const at::Tensor s = at::addmm(parameters[direction.state_bias], h, parameters[direction.state_weight]);
    const at::Tensor gates = at::sigmoid(x.narrow(1, 0, 2 * width) + s.narrow(1, 0, 2 * width));
    const at::Tensor u = gates.narrow(1, width, width);
    const at::Tensor n =
        at::tanh(x.narrow(1, 2 * width, width) + gates.narrow(1, 0, width) * s.narrow(1, 2 * width, width));
    h = h + valid.select(1, t) * (1 - u) * (n - h);
  }
  return h;
}

LayerState Recurrent::reference(LayerState state, const ParameterViews& parameters) const {
  std::vector<at::Tensor> states;
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    states.push_back(last_state(state, parameters, directions_[i], i == 1));
  }
  state.values = states.size() == 1 ? states.front() : at::cat(states, 1);
  state.segments = output_segments(state.segments);
  return state;
}

}  // namespace amortflow
