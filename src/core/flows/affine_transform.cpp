#include "flows/affine_transform.h"

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kFactor };

constexpr auto kBound = static_cast<float>(AffineTransform::kClamp);

}  // namespace

void AffineTransform::forward(const Pass& pass,
                              const Panel& raw,
                              const Rows& in,
                              const Rows& out,
                              Scratch& scratch) const {
  const Rows factor = pass.gradient == nullptr ? Rows{} : scratch.panel(kFactor, in.rows, in.cols).view();
  kernels().affine_forward(kBound, raw.columns(0, in.cols), raw.columns(in.cols, in.cols), in, out, factor,
                           pass.log_det);
}

void AffineTransform::backward(const Pass& pass,
                               const Panel& raw,
                               const Rows& in,
                               const Rows& gradient,
                               const Panel& raw_gradient,
                               Scratch& scratch) const {
  kernels().affine_backward(kBound, raw.columns(0, in.cols), in, scratch.panel(kFactor, in.rows, in.cols).view(),
                            pass.log_det_gradient, gradient, raw_gradient.columns(0, in.cols),
                            raw_gradient.columns(in.cols, in.cols));
}

void AffineTransform::invert(const Panel& raw, const Rows& out, const Rows& in) const {
  kernels().affine_inverse(kBound, raw.columns(0, in.cols), raw.columns(in.cols, in.cols), out, in, nullptr);
}

}  // namespace amortflow
