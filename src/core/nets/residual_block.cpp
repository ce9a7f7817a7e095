#include "nets/residual_block.h"

#include "kernels/dispatch.h"
#include "nets/dense.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kGradient };

}  // namespace

ResidualBlock::ResidualBlock(ResidualBlockOptions options) : options_(options) {
  DenseOptions dense;
  dense.input_width = options.width;
  dense.condition_width = options.condition_width;
  dense.output_width = options.width;
  dense.activation = options.activation;
  branch_.add(std::make_unique<Dense>(dense));
  dense.condition_width = 0;
  dense.activation = Activation::kIdentity;
  dense.starts_at_zero = true;
  branch_.add(std::make_unique<Dense>(dense));
}

void ResidualBlock::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel branch = run_forward(branch_, 0, 2, pass, scratch.input, *scratch.segments, scratch.child(0));
  k.copy(scratch.input.view(), out.view(), false);
  k.copy(branch.view(), out.view(), true);
}

void ResidualBlock::backward(const Pass& pass,
                             const Panel& out_gradient,
                             const Panel& in_gradient,
                             Scratch& scratch) const {
  const Kernels& k = kernels();
  const bool wanted = in_gradient.values != nullptr;
  const Panel of_branch = scratch.panel(kGradient, out_gradient.rows, out_gradient.cols);
  k.copy(out_gradient.view(), of_branch.view(), false);
  const Panel by_branch = run_backward(branch_, 0, 2, pass, of_branch, wanted, scratch.child(0));
  if (!wanted) return;
  k.copy(out_gradient.view(), in_gradient.view(), false);
  k.copy(by_branch.view(), in_gradient.view(), true);
}

}  // namespace amortflow
