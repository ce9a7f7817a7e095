#pragma once

#include <cstdint>

namespace amortflow {

/// Float rows: row i is the `cols` numbers from `data + i * stride` on.
struct ConstRows {
  const float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;
};

/// Float rows to write to.
struct Rows {
  float* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::int64_t stride = 0;

  operator ConstRows() const { return {data, rows, cols, stride}; }  // NOLINT: a view that is written may be read
};

/// All have f(0) = 0, so that padding stays zero. ELU has alpha = 1; GELU is the exact one (by erf).
enum class Activation { kIdentity, kRelu, kSilu, kTanh, kElu, kGelu };

/// How the rows of a data set become one.
enum class Pooling { kSum, kMean };

/// One step of AdamW (Loshchilov and Hutter, 2019), as LibTorch computes it.
struct AdamwRates {
  float learning_rate = 0;
  float beta1 = 0.9F;
  float beta2 = 0.999F;
  float epsilon = 1e-8F;
  float correction1 = 1;   ///< 1 / (1 - beta1^step)
  float correction2 = 1;   ///< 1 / (1 - beta2^step)
  float clip = 1;          ///< factor on the gradient: min(1, max norm / norm)
  float weight_decay = 0;  ///< decoupled; give 0 for entries that do not decay
};

/// The fast forms of all that a training step computes, for one instruction set. They know nothing of layers.
///
/// **Padding.** Functions of *padded rows* read and write whole vectors: strides are multiples of 16 floats, data
/// need no alignment beyond that of float (64 bytes are fastest), and columns between `cols` and the next multiple
/// of 16 belong to the row and are zero; they stay zero. Functions of *tight rows* touch `cols` columns and nothing
/// else, so their views may be some columns of wider rows. Vectors (biases, sums) have their padding like rows.
///
/// **Numbers.** Every result depends on the inputs and the instruction set alone. A row's result does not depend on
/// which other rows are given. Sums over rows add them in order.
struct Kernels {
  const char* name;  ///< "sse2", "avx2", "avx512" or "portable"

  // ---- Products. Padded rows, but a's padding is not read. The inner dimension is b.rows.

  /// c = a b, or c += a b.
  void (*multiply)(const ConstRows& a, const ConstRows& b, const Rows& c, bool accumulate);
  /// c = a' b, or c += a' b: the gradient of weights, a holding inputs and b gradients of outputs. c.rows is a.cols.
  void (*multiply_transposed)(const ConstRows& a, const ConstRows& b, const Rows& c, bool accumulate);
  /// out = in', whose padding is left as it is: the mirror of weights through which gradients flow back.
  void (*transpose)(const ConstRows& in, const Rows& out);

  // ---- Dense layers. Padded rows.

  /// out = f(in + bias); slope = f'(in + bias). `bias` and `slope.data` may be null. `in` may be `out` or `slope`.
  void (*activate)(Activation f, const ConstRows& in, const float* bias, const Rows& out, const Rows& slope);
  /// gradient *= slope; bias_gradient += its column sums unless null.
  void (*activate_backward)(const ConstRows& slope, const Rows& gradient, float* bias_gradient);
  /// Adds the bias to each row.
  void (*add_bias)(const float* bias, const Rows& rows);
  /// sums += column sums.
  void (*add_column_sums)(const ConstRows& rows, float* sums);

  // ---- Optimizer. `count` is a multiple of 16.

  /// Sum of squares, added in double. Not finite if a number is not finite.
  double (*squared_norm)(std::int64_t count, const float* x);
  /// sum += x.
  void (*add_in_place)(std::int64_t count, float* sum, const float* x);
  /// One step; `m` and `v` are the moments.
  void (*adamw_step)(std::int64_t count,
                     float* weights,
                     const float* gradient,
                     float* m,
                     float* v,
                     const AdamwRates& rates);
  /// average += rate (x - average): exponential moving averages of weights.
  void (*blend)(std::int64_t count, float* average, const float* x, float rate);

  // ---- Affine coupling, s = (2 c / pi) atan(raw / c), so that |s| < c = `clamp` (1.9). Tight rows.

  /// out = in exp(s) + shift; factor = exp(s); log_det[i] += sum of s. `factor.data` and `log_det` may be null, `out`
  /// may be `in`.
  void (*affine_forward)(float clamp,
                         const ConstRows& raw,
                         const ConstRows& shift,
                         const ConstRows& in,
                         const Rows& out,
                         const Rows& factor,
                         float* log_det);
  /// in = (out - shift) exp(-s); log_det[i] -= sum of s. `log_det` may be null, `in` may be `out`.
  void (*affine_inverse)(float clamp,
                         const ConstRows& raw,
                         const ConstRows& shift,
                         const ConstRows& out,
                         const Rows& in,
                         float* log_det);
  /// gradient comes in as that of `out` and leaves as that of `in`; raw_gradient and shift_gradient are written.
  /// log_det_gradient[i] is the loss's derivative by log_det[i]; null means 0.
  void (*affine_backward)(float clamp,
                          const ConstRows& raw,
                          const ConstRows& in,
                          const ConstRows& factor,
                          const float* log_det_gradient,
                          const Rows& gradient,
                          const Rows& raw_gradient,
                          const Rows& shift_gradient);

  // ---- Columns. Tight rows.

  /// out(i, j) = in(i, j) scale[j] + shift[j] (act-norm). `out` may be `in`.
  void (*scale_columns)(const float* scale, const float* shift, const ConstRows& in, const Rows& out);
  /// scale_gradient[j] += sum of gradient(i, j) in(i, j); shift_gradient[j] += sum of gradient(i, j); then
  /// gradient(i, j) *= scale[j].
  void (*scale_columns_backward)(const float* scale,
                                 const ConstRows& in,
                                 const Rows& gradient,
                                 float* scale_gradient,
                                 float* shift_gradient);
  /// out(i, j) = in(i, from[j]). The gradient goes back by the inverse permutation. `out` must not overlap `in`.
  void (*permute_columns)(const std::int32_t* from, const ConstRows& in, const Rows& out);
  /// out = in, or out += in.
  void (*copy)(const ConstRows& in, const Rows& out, bool accumulate);

  // ---- Segments: rows [offsets[s], offsets[s + 1]) belong together. Padded rows.

  /// out(s, .) = sum or mean of the rows of s, 0 where there are none. out.rows is the number of segments.
  void (*pool)(Pooling pooling, const std::int64_t* offsets, const ConstRows& in, const Rows& out);
  /// out(i, .) = in(s, .), divided by the length of s for kMean, for each row i of s; or +=. The gradient of `pool`;
  /// and `pool` is the gradient of this. in.rows is the number of segments.
  void (*spread)(Pooling pooling, const std::int64_t* offsets, const ConstRows& in, const Rows& out, bool accumulate);

  // ---- Layer norm over the columns of a row. Padded rows.

  /// normal = (in - mean) / sqrt(variance + epsilon); out = normal gain + bias. inverse_sd[i] is kept for the way back.
  /// `normal` may be `in`.
  void (*layer_norm)(float epsilon,
                     const ConstRows& in,
                     const float* gain,
                     const float* bias,
                     const Rows& normal,
                     const Rows& out,
                     float* inverse_sd);
  /// gradient comes in as that of `out` and leaves as that of `in`; gain_gradient and bias_gradient are added to.
  void (*layer_norm_backward)(const ConstRows& normal,
                              const float* inverse_sd,
                              const float* gain,
                              const Rows& gradient,
                              float* gain_gradient,
                              float* bias_gradient);

  // ---- The standard normal base of a flow. Tight rows.

  /// half_squares[i] = |z_i|^2 / 2.
  void (*half_squares)(const ConstRows& z, float* half_squares);
  /// Sum over rows of weight (|z_i|^2 / 2 - log_det[i]), added in double; gradient = weight z.
  double (*normal_loss)(float weight, const ConstRows& z, const float* log_det, const Rows& gradient);

  // ---- Gated recurrent units, one time step. Tight rows; those of gates, products and biases are the columns of r, u
  // and n side by side, each as wide as the state h.

  /// r, u = sigmoid(x + b + s + c), n = tanh(x + b + r (s + c)), out = (1 - u) n + u h for h = `previous`, b =
  /// `input_bias` and c = `state_bias`. `gates` comes in as x (input times weights) and leaves as r, u, n; of
  /// `product`, s (h times weights), the columns of n leave as s + c: both are what the way back needs. `out` may be
  /// `previous`.
  void (*gru_forward)(const ConstRows& previous,
                      const float* input_bias,
                      const float* state_bias,
                      const Rows& gates,
                      const Rows& product,
                      const Rows& out);
  /// `gates` and `product` come in as gru_forward left them and leave as the gradients of x and s, and so of b and c.
  /// `gradient` comes in as that of `out` and leaves as that of `previous` but for the share that goes through s.
  void (*gru_backward)(const ConstRows& previous, const Rows& gates, const Rows& product, const Rows& gradient);
};

}  // namespace amortflow
