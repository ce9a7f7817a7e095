#include "nets/residual.h"

#include "kernels/dispatch.h"
#include "nets/layer_run.h"

namespace amortflow {

void Residual::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel change =
      run_forward(layers_, 0, layers_.layers().size(), pass, scratch.input, *scratch.segments, scratch.child(0));
  kernels().copy(change.view(), out.view(), false);
  kernels().copy(scratch.input.view(), out.view(), true);
}

void Residual::backward(const Pass& pass, const Panel& out_gradient, const Panel& in_gradient, Scratch& scratch) const {
  const bool wants_input = in_gradient.values != nullptr;
  if (wants_input) kernels().copy(out_gradient.view(), in_gradient.view(), false);
  const Panel through =
      run_backward(layers_, 0, layers_.layers().size(), pass, out_gradient, wants_input, scratch.child(0));
  if (wants_input) kernels().copy(through.view(), in_gradient.view(), true);
}

}  // namespace amortflow
