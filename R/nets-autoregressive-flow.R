#' Inference network: a masked autoregressive flow
#'
#' A conditional normalizing flow in which every parameter is transformed given
#' all parameters before it. Densities cost one pass. Draws find one parameter
#' after the other, each step computing only what the last one brings, so that
#' a draw takes about the arithmetic of one pass in d small pieces.
#'
#' @section Shape:
#' d parameters and k summaries; d = 1 is allowed.
#'
#' @section Formula:
#' `depth` times: an affine map per parameter (act-norm), the order of the
#' parameters turned round (but for the first time), and v_i = f(u_i; h_i), where
#' h_i is a masked network of u_1, ..., u_(i-1) and the summaries: `hidden` dense
#' layers, residual from the second on, and a linear layer. Each unit sees the
#' parameters up to its degree, 0 to d - 1 in equal parts; there are at least d.
#' For `"affine"`, f(u) = u exp(s) + t with s = (2 c / pi) atan(raw / c), c =
#' 1.9; for `"spline"` that, then a monotone rational-quadratic spline of `bins`
#' bins on `[-tail_bound, tail_bound]`, with linear tails.
#'
#' @section Use when:
#' densities matter more than the speed of draws, or parameters depend on each
#' other so strongly that [inference_coupling_flow()] needs many layers. Take
#' `"spline"` for skewed or multimodal posteriors of few parameters: at d = 1 an
#' affine flow is a normal distribution.
#'
#' @param transform `"affine"` or `"spline"`.
#' @param depth Whole number: autoregressive layers.
#' @param width Whole number: units of each hidden layer.
#' @param hidden Whole number: hidden layers of each masked network.
#' @param activation One of `"silu"`, `"relu"`, `"tanh"`, `"elu"`, `"gelu"`.
#' @param bins Whole number, 2 to 64: bins of each spline.
#' @param tail_bound Number: half the width of the splines' box.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a number out of range or an unknown choice.
#' @references
#' Papamakarios, Pavlakou and Murray (2017). Masked autoregressive flow for
#' density estimation. *NeurIPS 30*.
#'
#' Germain, Gregor, Murray and Larochelle (2015). MADE: masked autoencoder for
#' distribution estimation. *ICML*.
#'
#' Durkan, Bekasov, Murray and Papamakarios (2019). Neural spline flows.
#' *NeurIPS 32*.
#' @examples
#' inference_autoregressive_flow(depth = 3, width = 64)
#' inference_autoregressive_flow("spline", bins = 8)
#' @export
inference_autoregressive_flow <- function(transform = c("affine", "spline"),
                                          depth = 5, width = 128, hidden = 2,
                                          activation = "silu", bins = 16,
                                          tail_bound = 5) {
  new_network_spec("autoregressive_flow", "inference", list(
    transform = assert_choice(transform, c("affine", "spline")),
    depth = assert_size(depth, upper = 64),
    width = assert_size(width),
    hidden = assert_size(hidden, upper = 64),
    activation = assert_choice(activation, activations),
    bins = assert_size(bins, lower = 2, upper = 64),
    tail_bound = assert_number(tail_bound, lower = 1e-3, upper = 1e3)
  ))
}
