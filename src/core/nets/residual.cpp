#include "nets/residual.h"

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kGradient };
enum Child : std::size_t { kBranch, kShortcut };

}  // namespace

void Residual::declare(ParameterLayout& layout, const std::string& prefix) {
  branch_.declare(layout, prefix + ".branch");
  shortcut_.declare(layout, prefix + ".shortcut");
}

const Segments& Residual::output_segments(const Segments& input, Segments& own) const {
  const Segments* segments = &input;
  for (const auto& layer : branch_.layers()) segments = &layer->output_segments(*segments, own);
  return *segments;
}

void Residual::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  run_forward_into(branch_, pass, scratch.input, *scratch.segments, out, scratch.child(kBranch));
  const Panel of_shortcut = run_forward(shortcut_, 0, shortcut_.layers().size(), pass, scratch.input, *scratch.segments,
                                        scratch.child(kShortcut));
  kernels().copy(of_shortcut.view(), out.view(), true);
}

/// The branch, which may overwrite its gradient, goes last.
void Residual::backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  const bool wants_input = in_gradient.values != nullptr;
  const auto run = [&](const Network& network, const Panel& gradient, Child child) {
    return run_backward(network, 0, network.layers().size(), pass, gradient, wants_input, scratch.child(child));
  };
  Panel of_shortcut = out_gradient;
  if (!shortcut_.empty()) {
    const Panel own = scratch.panel(kGradient, out_gradient.rows, out_gradient.cols);
    kernels().copy(out_gradient.view(), own.view(), false);
    of_shortcut = run(shortcut_, own, kShortcut);
  }
  if (wants_input) kernels().copy(of_shortcut.view(), in_gradient.view(), false);
  const Panel of_branch = run(branch_, out_gradient, kBranch);
  if (wants_input) kernels().copy(of_branch.view(), in_gradient.view(), true);
}

}  // namespace amortflow
