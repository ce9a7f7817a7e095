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
  const auto run = [&](const Network& network, Child child) {
    return run_forward(network, 0, network.layers().size(), pass, scratch.input, *scratch.segments,
                       scratch.child(child));
  };
  kernels().copy(run(branch_, kBranch).view(), out.view(), false);
  kernels().copy(run(shortcut_, kShortcut).view(), out.view(), true);
}

void Residual::backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  const bool wants_input = in_gradient.values != nullptr;
  const Panel kept = scratch.panel(kGradient, out_gradient.rows, out_gradient.cols);  // branches may overwrite theirs
  kernels().copy(out_gradient.view(), kept.view(), false);
  const auto run = [&](const Network& network, const Panel& gradient, Child child) {
    return run_backward(network, 0, network.layers().size(), pass, gradient, wants_input, scratch.child(child));
  };
  const Panel of_branch = run(branch_, out_gradient, kBranch);
  const Panel of_shortcut = run(shortcut_, kept, kShortcut);
  if (!wants_input) return;
  kernels().copy(of_branch.view(), in_gradient.view(), false);
  kernels().copy(of_shortcut.view(), in_gradient.view(), true);
}

}  // namespace amortflow
