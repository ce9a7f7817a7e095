#' Inference network: a coupling flow
#'
#' A conditional normalizing flow: an invertible map from parameters to a
#' simple base distribution, made of couplings whose networks see the summaries.
#' Sampling and density cost one pass each.
#'
#' @section Shape:
#' d parameters and k summaries; d = 1 is allowed.
#'
#' @section Formula:
#' `depth` times: an affine map per parameter (act-norm), a permutation, and two
#' half couplings v = f(u) for each parameter u of one half, where what f needs
#' comes from a network of the other half and the summaries.
#'
#' * `"affine"`: f(u) = u exp(s) + t with s = (2 c / pi) atan(raw / c), c = 1.9.
#' * `"spline"`: f(u) = g(u exp(s) + t), where g is a monotone
#'   rational-quadratic spline from \[-`tail_bound`, `tail_bound`\] to itself:
#'   `bins` widths and heights by softmax, none below 0.001 of the box, and
#'   slopes at the inner knots of at least 0.001 by softplus; outside the box,
#'   and where the network says 0, g is the identity.
#' * `"interleaved"`: steps of the first and the second kind in turn.
#'
#' @section Use when:
#' always, to begin with: affine couplings train and sample fastest. Splines
#' where the posterior has sharp edges, thin curved ridges or separated modes;
#' they cost about twice as much, and `"interleaved"` lies between. Heavy tails
#' ask for [base_student()], modes far apart for [base_mixture()].
#'
#' @section Defaults of splines:
#' Networks see standardized parameters, and the affine step before each spline
#' brings what it sees to about unit scale, so that a box of 5 standard
#' deviations on each side holds all but 1 in 1.7 million normal draws, and tails
#' beyond it are linear. 16 bins resolve a tenth of a standard deviation where
#' they crowd; 8 are enough for smooth posteriors and cheaper.
#'
#' @param transform `"affine"`, `"spline"` or `"interleaved"`.
#' @param depth Whole number: coupling layers.
#' @param width Whole number: units of each hidden layer.
#' @param hidden Whole number: hidden layers of each coupling's network.
#' @param activation One of `"silu"`, `"relu"`, `"tanh"`, `"elu"`, `"gelu"`.
#' @param bins Whole number from 2 to 64: bins of a spline.
#' @param tail_bound Positive number: half the width of a spline's box, in
#'   standard deviations.
#' @param permutation What mixes parameters between steps: `"fixed"`, random
#'   permutations that are drawn once; `"swap"`, the halves in turn;
#'   `"orthogonal"`, learned rotations (products of Householder reflections).
#' @param base A base distribution: [base_normal()], [base_student()] or
#'   [base_mixture()].
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown choice.
#' @references
#' Dinh, Sohl-Dickstein and Bengio (2017). Density estimation using real NVP.
#' *ICLR*.
#'
#' Ardizzone et al. (2019). Guided image generation with conditional
#' invertible neural networks. *arXiv* 1907.02392.
#'
#' Durkan, Bekasov, Murray and Papamakarios (2019). Neural spline flows.
#' *NeurIPS 32*.
#'
#' Tomczak and Welling (2016). Improving variational auto-encoders using
#' Householder flow. *arXiv* 1611.09630.
#'
#' Radev et al. (2020). BayesFlow: learning complex stochastic models with
#' invertible neural networks. *IEEE TNNLS* 33(4).
#' @examples
#' inference_coupling_flow(depth = 4, width = 64)
#' inference_coupling_flow(transform = "spline", bins = 8)
#' @export
inference_coupling_flow <- function(transform = c("affine", "spline", "interleaved"),
                                    depth = 6, width = 128, hidden = 2,
                                    activation = "silu", bins = 16, tail_bound = 5,
                                    permutation = c("fixed", "swap", "orthogonal"),
                                    base = base_normal()) {
  new_network_spec("coupling_flow", "inference", list(
    transform = assert_choice(transform, c("affine", "spline", "interleaved")),
    depth = assert_size(depth, upper = 64),
    width = assert_size(width),
    hidden = assert_size(hidden, upper = 64),
    activation = assert_choice(activation, activations),
    bins = assert_size(bins, lower = 2, upper = 64),
    tail_bound = assert_number(tail_bound, lower = 1e-3, upper = 1e3),
    permutation = assert_choice(permutation, c("fixed", "swap", "orthogonal")),
    base = unclass(as_base(base))
  ))
}
