#include "flows/orthogonal_mixing.h"

#include <algorithm>

#include "kernels/dispatch.h"

namespace amortflow {

namespace {

enum Slot : std::size_t { kMatrix, kTransposed, kMatrixGradient, kAlong, kGradientAlong };

float dot(const float* a, const float* b, std::int64_t count) {
  float sum = 0;
  for (std::int64_t j = 0; j < count; ++j) sum += a[j] * b[j];
  return sum;
}

/// matrix v, one number for each row.
void multiply_vector(const Panel& matrix, const float* v, float* out) {
  for (std::int64_t i = 0; i < matrix.rows; ++i) out[i] = dot(matrix.values + i * matrix.stride, v, matrix.cols);
}

/// matrix -= factor a v'.
void subtract_outer(float factor, const float* a, const float* v, const Panel& matrix) {
  for (std::int64_t i = 0; i < matrix.rows; ++i) {
    float* row = matrix.values + i * matrix.stride;
    for (std::int64_t j = 0; j < matrix.cols; ++j) row[j] -= factor * a[i] * v[j];
  }
}

/// matrix (I - 2 v v' / |v|^2), in place; `along` is room for a number of each row.
void reflect(const Panel& matrix, const float* v, float* along) {
  multiply_vector(matrix, v, along);
  subtract_outer(2 / dot(v, v, matrix.cols), along, v, matrix);
}

}  // namespace

void OrthogonalMixing::declare(ParameterLayout& layout, const std::string& prefix) {
  const Initializer start{Initializer::Kind::kNormal, 1};
  reflections_ = layout.add(prefix + ".reflections", dimension_, dimension_, start, false);
}

Panel OrthogonalMixing::matrix(const Pass& pass, Scratch& scratch) const {
  const ConstRows v = pass.weight(reflections_);
  const Panel q = scratch.panel(kMatrix, dimension_, dimension_);
  float* along = scratch.panel(kAlong, 1, dimension_).values;
  std::fill_n(q.values, q.rows * q.stride, 0.0F);
  for (std::int64_t j = 0; j < dimension_; ++j) q.values[j * q.stride + j] = 1;
  for (std::int64_t m = 0; m < dimension_; ++m) reflect(q, v.data + m * v.stride, along);
  return q;
}

Panel OrthogonalMixing::transposed(const Panel& matrix, Scratch& scratch) const {
  const Panel turned = scratch.panel(kTransposed, dimension_, dimension_);
  kernels().transpose(matrix.view(), turned.view());
  return turned;
}

void OrthogonalMixing::forward(const Pass& pass, const Panel& out, Scratch& scratch) const {
  kernels().multiply(scratch.input.view(), matrix(pass, scratch).view(), out.view(), false);
}

/// Reflections are undone one by one, last first: with Q before and G the gradient after reflection v, a = Q v, b = G v
/// and n = |v|^2, the gradient of v is -2 / n (Q' b + G' a) + 4 / n^2 (a b) v and that of Q is G (I - 2 v v' / n).
void OrthogonalMixing::backward(const Pass& pass,
                                const Panel& out_gradient,
                                const Panel& in_gradient,
                                Scratch& scratch) const {
  const Kernels& k = kernels();
  const Panel q = matrix(pass, scratch);
  if (in_gradient.values != nullptr) {
    k.multiply(out_gradient.view(), transposed(q, scratch).view(), in_gradient.view(), false);
  }
  const Panel g = scratch.panel(kMatrixGradient, dimension_, dimension_);
  k.multiply_transposed(scratch.input.view(), out_gradient.view(), g.view(), false);
  const ConstRows v = pass.weight(reflections_);
  const Rows v_gradient = pass.weight_gradient(reflections_);
  float* a = scratch.panel(kAlong, 1, dimension_).values;
  float* b = scratch.panel(kGradientAlong, 1, dimension_).values;
  for (std::int64_t m = dimension_; m-- > 0;) {
    const float* of = v.data + m * v.stride;
    float* to = v_gradient.data + m * v_gradient.stride;
    const float n = dot(of, of, dimension_);
    reflect(q, of, a);
    multiply_vector(q, of, a);
    multiply_vector(g, of, b);
    const float both = dot(a, b, dimension_);
    for (std::int64_t j = 0; j < dimension_; ++j) {
      to[j] += 4 * both / (n * n) * of[j];
      for (std::int64_t i = 0; i < dimension_; ++i) {
        to[j] -= 2 / n * (q.values[i * q.stride + j] * b[i] + g.values[i * g.stride + j] * a[i]);
      }
    }
    subtract_outer(2 / n, b, of, g);
  }
}

void OrthogonalMixing::invert(const Pass& pass, const Panel& out, const Panel& in, Scratch& scratch) const {
  kernels().multiply(out.view(), transposed(matrix(pass, scratch), scratch).view(), in.view(), false);
}

}  // namespace amortflow
