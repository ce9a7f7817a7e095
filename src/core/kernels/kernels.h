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

/// Mixtures of normals have at most as many components and variables.
constexpr std::int64_t kMostComponents = 256;
constexpr std::int64_t kMostVariables = 256;

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

constexpr std::int64_t kMostSplineBins = 64;

/// Monotone rational-quadratic splines from [-bound, bound] to itself, the identity beyond. A variable has 3 bins - 1
/// raw numbers side by side: `bins` widths and heights, by softmax of which no bin is smaller than the share
/// `least_...` of the box, then the slopes at the inner knots, least_slope + softplus(raw + slope_offset). At the ends
/// slopes are 1. With slope_offset = log(exp(1 - least_slope) - 1) raw numbers of 0 give the identity.
struct SplineShape {
  std::int64_t bins = 0;  ///< 2 to kMostSplineBins
  float bound = 0;
  float least_width = 0;  ///< below 1 / bins
  float least_height = 0;
  float least_slope = 0;  ///< below 1
  float slope_offset = 0;
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

  // ---- Rational-quadratic splines, one for each column of `in`. Tight rows; raw.cols is in.cols (3 bins - 1).

  /// out = spline(in); log_det[i] += sum of the logs of its derivatives. `log_det` may be null, `out` may be `in`.
  void (*spline_forward)(const SplineShape& shape,
                         const ConstRows& raw,
                         const ConstRows& in,
                         const Rows& out,
                         float* log_det);
  /// Undoes it; log_det[i] -= the same sum. `log_det` may be null, `in` may be `out`.
  void (*spline_inverse)(const SplineShape& shape,
                         const ConstRows& raw,
                         const ConstRows& out,
                         const Rows& in,
                         float* log_det);
  /// gradient comes in as that of `out` and leaves as that of `in`; raw_gradient is written. log_det_gradient[i] is the
  /// loss's derivative by log_det[i]; null means 0. `raw_gradient` may be `raw`.
  void (*spline_backward)(const SplineShape& shape,
                          const ConstRows& raw,
                          const ConstRows& in,
                          const float* log_det_gradient,
                          const Rows& gradient,
                          const Rows& raw_gradient);

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
  /// in_gradient, which may be `gradient`, is written; gain_gradient and bias_gradient are added to.
  void (*layer_norm_backward)(const ConstRows& normal,
                              const float* inverse_sd,
                              const float* gain,
                              const ConstRows& gradient,
                              const Rows& in_gradient,
                              float* gain_gradient,
                              float* bias_gradient);

  // ---- Attention weights. Padded rows, but padding that comes in is not used and leaves as zero.

  /// Each row becomes softmax(scale row): exp(scale x) over their sum.
  void (*softmax)(float scale, const Rows& rows);
  /// gradient comes in as that of `weights`, which softmax made, and leaves as that of the rows they were made of.
  void (*softmax_backward)(float scale, const ConstRows& weights, const Rows& gradient);

  // ---- The standard normal base of a flow. Tight rows.

  /// half_squares[i] = |z_i|^2 / 2.
  void (*half_squares)(const ConstRows& z, float* half_squares);
  /// Sum over rows of weight (|z_i|^2 / 2 - log_det[i]), added in double; gradient = weight z.
  double (*normal_loss)(float weight, const ConstRows& z, const float* log_det, const Rows& gradient);

  // ---- Mixtures of K normals of d variables with full covariance. Tight rows. Those of `raw` are K numbers for each
  // of 1 + 2 d + d (d - 1) / 2 quantities: logits of the weights; means m_1, ..., m_d; raw log scales, which are
  // clamped as those of a coupling; slopes B_21, B_31, B_32, ... Within a component z_i = exp(s_i) (r_i - sum_{j < i}
  // B_ij r_j), r = x - m, is standard normal: L = diag(exp(s)) (I - B) is the inverse of the covariance's lower
  // Cholesky factor.

  /// out(i, 0) = -log density of row i of x. Kept for the way back: `weight`, the components' weights, and `share`, the
  /// components' probabilities given x, both [rows, K]. |z|^2 / 2 is cut at 1e30.
  void (*mixture_forward)(float clamp,
                          const ConstRows& raw,
                          const ConstRows& x,
                          const Rows& weight,
                          const Rows& share,
                          const Rows& out);
  /// raw_gradient and, unless its data are null, x_gradient are written; gradient(i, 0) is the loss's by out(i, 0).
  void (*mixture_backward)(float clamp,
                           const ConstRows& raw,
                           const ConstRows& x,
                           const ConstRows& weight,
                           const ConstRows& share,
                           const ConstRows& gradient,
                           const Rows& raw_gradient,
                           const Rows& x_gradient);
  /// x drawn from `components` components: noise [rows, d + 1] holds d standard normal numbers, then a uniform one, by
  /// which the component is chosen.
  void (
      *mixture_draw)(float clamp, std::int64_t components, const ConstRows& raw, const ConstRows& noise, const Rows& x);

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

  // ---- Long short-term memory, one time step. Tight rows; those of gates and bias are the columns of i, f, o and g
  // side by side, each as wide as the cell c.

  /// i, o = sigmoid(x + b), f = sigmoid(x + b + 1), g = tanh(x + b), new_cell = f c + i g, out = o tanh(new_cell).
  /// `gates` comes in as x (input and state times weights) and leaves as i, f, o, g.
  void (*lstm_forward)(const ConstRows& cell,
                       const float* bias,
                       const Rows& gates,
                       const Rows& new_cell,
                       const Rows& out);
  /// `gates` comes in as lstm_forward left it and leaves as the gradient of x. `gradient` is that of `out`;
  /// `cell_gradient` comes in as that of `new_cell` by later steps and leaves as that of `cell`.
  void (*lstm_backward)(const ConstRows& cell,
                        const ConstRows& new_cell,
                        const Rows& gates,
                        const ConstRows& gradient,
                        const Rows& cell_gradient);
};

}  // namespace amortflow
