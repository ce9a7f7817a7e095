#include "nets/layer_norm.h"

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kNormal, kInverseSd };

}  // namespace

void LayerNorm::declare(ParameterLayout& layout, const std::string& prefix) {
  gain_ = layout.add(prefix + ".gain", 1, width_, {Initializer::Kind::kConstant, 1.0}, false);
  bias_ = layout.add(prefix + ".bias", 1, width_, {}, false);
}

void LayerNorm::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const Panel normal = scratch.panel(kNormal, out.rows, width_);
  const Panel inverse_sd = scratch.panel(kInverseSd, 1, out.rows);
  kernels().layer_norm(static_cast<float>(kEpsilon), scratch.input.view(), pass.weight(gain_).data,
                       pass.weight(bias_).data, normal.view(), out.view(), inverse_sd.values);
}

void LayerNorm::backward(const Pass& pass,
                         const Panel& out_gradient,
                         const Panel& in_gradient,
                         Scratch& scratch) const {
  const Panel normal = scratch.panel(kNormal, out_gradient.rows, width_);
  const Panel inverse_sd = scratch.panel(kInverseSd, 1, out_gradient.rows);
  const Panel by_in = in_gradient.values != nullptr ? in_gradient : out_gradient;
  kernels().layer_norm_backward(normal.view(), inverse_sd.values, pass.weight(gain_).data, out_gradient.view(),
                                by_in.view(), pass.weight_gradient(gain_).data, pass.weight_gradient(bias_).data);
}

}  // namespace amortflow
