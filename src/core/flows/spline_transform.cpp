#include "flows/spline_transform.h"

#include <cmath>

#include "base/spec.h"
#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kInBox };

}  // namespace

SplineOptions SplineOptions::from_reader(SpecReader& reader) {
  SplineOptions options;
  if (reader.has("bins")) options.bins = reader.integer("bins", 2, kMostSplineBins);
  if (reader.has("tail_bound")) options.tail_bound = reader.number("tail_bound", 1e-3, 1e3);
  return options;
}

SplineShape SplineOptions::shape() const {
  SplineShape shape;
  shape.bins = bins;
  shape.bound = static_cast<float>(tail_bound);
  shape.least_width = static_cast<float>(least_width);
  shape.least_height = static_cast<float>(least_height);
  shape.least_slope = static_cast<float>(least_slope);
  shape.slope_offset = static_cast<float>(std::log(std::expm1(1 - least_slope)));
  return shape;
}

Rows SplineTransform::of_splines(const Panel& raw, std::int64_t variables) const {
  return raw.columns(affine_.numbers() * variables, spline_numbers() * variables);
}

void SplineTransform::forward(const Pass& pass,
                              const Panel& raw,
                              const Rows& in,
                              const Rows& out,
                              Scratch& scratch) const {
  const Rows in_box = scratch.panel(kInBox, in.rows, in.cols).view();
  affine_.forward(pass, raw, in, in_box, scratch.child(0));
  kernels().spline_forward(shape_, of_splines(raw, in.cols), in_box, out, pass.log_det);
}

void SplineTransform::backward(const Pass& pass,
                               const Panel& raw,
                               const Rows& in,
                               const Rows& gradient,
                               const Panel& raw_gradient,
                               Scratch& scratch) const {
  const Rows in_box = scratch.panel(kInBox, in.rows, in.cols).view();
  kernels().spline_backward(shape_, of_splines(raw, in.cols), in_box, pass.log_det_gradient, gradient,
                            of_splines(raw_gradient, in.cols));
  affine_.backward(pass, raw, in, gradient, raw_gradient, scratch.child(0));
}

void SplineTransform::invert(const Panel& raw, const Rows& out, const Rows& in) const {
  kernels().spline_inverse(shape_, of_splines(raw, in.cols), out, in, nullptr);
  affine_.invert(raw, in, in);
}

}  // namespace amortflow
