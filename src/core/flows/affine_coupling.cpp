#include "flows/affine_coupling.h"

#include "kernels/dispatch.h"
#include "nets/dense.h"
#include "nets/layer_run.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kOthers, kFactor, kRawGradient, kGradient };

}  // namespace

AffineCoupling::AffineCoupling(const AffineCouplingOptions& options) : options_(options) {
  DenseOptions dense;
  dense.input_width = options.dimension - target_width();
  dense.condition_width = options.condition_width;
  dense.activation = options.activation;
  dense.output_width = options.width;
  for (std::int64_t i = 0; i < options.depth; ++i) {
    subnetwork_.add(std::make_unique<Dense>(dense));
    dense.input_width = options.width;
    dense.condition_width = 0;
  }
  dense.output_width = 2 * target_width();
  dense.activation = Activation::kIdentity;
  dense.starts_at_zero = true;
  subnetwork_.add(std::make_unique<Dense>(dense));
}

void AffineCoupling::declare(ParameterLayout& layout, const std::string& prefix) {
  subnetwork_.declare(layout, prefix);
}

Panel AffineCoupling::raw_scale_shift(const Pass& pass, const Panel& values, Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t before = options_.target_begin;
  const std::int64_t after = options_.dimension - options_.target_end;
  const Panel others = scratch.panel(kOthers, values.rows, before + after);
  if (before > 0) k.copy(values.columns(0, before), others.columns(0, before), false);
  if (after > 0) k.copy(values.columns(options_.target_end, after), others.columns(before, after), false);
  return run_forward(subnetwork_, 0, subnetwork_.layers().size(), pass, others, *scratch.segments, scratch.child(0));
}

void AffineCoupling::copy_others(const Panel& from, const Panel& to) const {
  const Kernels& k = kernels();
  const std::int64_t after = options_.dimension - options_.target_end;
  if (options_.target_begin > 0) {
    k.copy(from.columns(0, options_.target_begin), to.columns(0, options_.target_begin), false);
  }
  if (after > 0) k.copy(from.columns(options_.target_end, after), to.columns(options_.target_end, after), false);
}

void AffineCoupling::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  const std::int64_t width = target_width();
  const Panel& in = scratch.input;
  const Panel raw = raw_scale_shift(pass, in, scratch);
  const Panel factor = scratch.panel(kFactor, out.rows, width);
  scratch.child(1).input = raw;
  copy_others(in, out);
  kernels().affine_forward(static_cast<float>(kClamp), raw.columns(0, width), raw.columns(width, width),
                           in.columns(options_.target_begin, width), out.columns(options_.target_begin, width),
                           factor.view(), pass.log_det);
}

void AffineCoupling::backward(const Pass& pass,
                              const Panel& out_gradient,
                              const Panel& in_gradient,
                              Scratch& scratch) const {
  const Kernels& k = kernels();
  const std::int64_t width = target_width();
  const std::int64_t rows = out_gradient.rows;
  const bool wanted = in_gradient.values != nullptr;
  const Panel gradient = wanted ? in_gradient : scratch.panel(kGradient, rows, options_.dimension);
  k.copy(out_gradient.view(), gradient.view(), false);
  const Panel& raw = scratch.child(1).input;
  const Panel raw_gradient = scratch.panel(kRawGradient, rows, 2 * width);
  k.affine_backward(static_cast<float>(kClamp), raw.columns(0, width),
                    scratch.input.columns(options_.target_begin, width), scratch.panel(kFactor, rows, width).view(),
                    pass.log_det_gradient, gradient.columns(options_.target_begin, width),
                    raw_gradient.columns(0, width), raw_gradient.columns(width, width));
  const std::int64_t before = options_.target_begin;
  const std::int64_t after = options_.dimension - options_.target_end;
  const bool wants_others = wanted && before + after > 0;
  const Panel others =
      run_backward(subnetwork_, 0, subnetwork_.layers().size(), pass, raw_gradient, wants_others, scratch.child(0));
  if (!wants_others) return;
  if (before > 0) k.copy(others.columns(0, before), gradient.columns(0, before), true);
  if (after > 0) k.copy(others.columns(before, after), gradient.columns(options_.target_end, after), true);
}

void AffineCoupling::invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const {
  const std::int64_t width = target_width();
  const Panel raw = raw_scale_shift(pass, out, scratch);
  copy_others(out, in);
  kernels().affine_inverse(static_cast<float>(kClamp), raw.columns(0, width), raw.columns(width, width),
                           out.columns(options_.target_begin, width), in.columns(options_.target_begin, width),
                           nullptr);
}

}  // namespace amortflow
