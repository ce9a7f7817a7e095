#include "nets/layer_run.h"

namespace amortflow {

namespace {

// Slots that a run uses in the scratch of each of its layers, beyond those of the layers themselves.
constexpr std::size_t kOutput = 14;
constexpr std::size_t kInputGradient = 15;

/// `out` is that of the last layer; without values, its own panel.
Panel run_layers(const Network& network,
                 std::size_t begin,
                 std::size_t end,
                 const Pass& pass,
                 const Panel& in,
                 const Segments& segments,
                 const Panel& out,
                 Scratch& scratch) {
  Panel current = in;
  const Segments* current_segments = &segments;
  for (std::size_t i = begin; i < end; ++i) {
    const Layer& layer = *network.layers()[i];
    Scratch& own = scratch.child(i - begin);
    own.input = current;
    own.segments = current_segments;
    current_segments = &layer.output_segments(*current_segments, own.output_segments);
    const bool is_last = i + 1 == end && out.values != nullptr;
    current = is_last ? out : own.panel(kOutput, current_segments->rows(), layer.output_width());
    layer.forward(pass, current, own);
  }
  return current;
}

}  // namespace

Panel run_forward(const Network& network,
                  std::size_t begin,
                  std::size_t end,
                  const Pass& pass,
                  const Panel& in,
                  const Segments& segments,
                  Scratch& scratch) {
  return run_layers(network, begin, end, pass, in, segments, Panel{}, scratch);
}

void run_forward_into(const Network& network,
                      const Pass& pass,
                      const Panel& in,
                      const Segments& segments,
                      const Panel& out,
                      Scratch& scratch) {
  run_layers(network, 0, network.layers().size(), pass, in, segments, out, scratch);
}

Panel run_backward(const Network& network,
                   std::size_t begin,
                   std::size_t end,
                   const Pass& pass,
                   const Panel& out_gradient,
                   bool wants_input,
                   Scratch& scratch) {
  Panel gradient = out_gradient;
  for (std::size_t i = end; i-- > begin;) {
    Scratch& own = scratch.child(i - begin);
    Panel in_gradient = own.panel(kInputGradient, own.input.rows, own.input.cols);
    if (i == begin && !wants_input) in_gradient.values = nullptr;
    network.layers()[i]->backward(pass, gradient, in_gradient, own);
    gradient = in_gradient;
  }
  return gradient;
}

}  // namespace amortflow
