#include "nets/branches.h"

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

std::int64_t width_of(const Network& network) { return network.layers().back()->output_width(); }

}  // namespace

void Branches::declare(ParameterLayout& layout, const std::string& prefix) {
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    networks_[i].declare(layout, prefix + ".branch_" + std::to_string(i + 1));
  }
}

std::int64_t Branches::output_width() const {
  std::int64_t width = 0;
  for (const Network& network : networks_) width += width_of(network);
  return width;
}

void Branches::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  std::int64_t column = 0;
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    const Panel rows = run_forward(networks_[i], 0, networks_[i].layers().size(), pass, scratch.input,
                                   *scratch.segments, scratch.child(i));
    kernels().copy(rows.view(), out.columns(column, rows.cols), false);
    column += rows.cols;
  }
}

void Branches::backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  std::int64_t column = 0;
  const bool wants_input = in_gradient.values != nullptr;
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    const std::int64_t width = width_of(networks_[i]);
    const Panel of_branch = scratch.panel(i, out_gradient.rows, width);
    kernels().copy(out_gradient.columns(column, width), of_branch.view(), false);
    const Panel gradient =
        run_backward(networks_[i], 0, networks_[i].layers().size(), pass, of_branch, wants_input, scratch.child(i));
    if (wants_input) kernels().copy(gradient.view(), in_gradient.view(), i > 0);
    column += width;
  }
}

}  // namespace amortflow
