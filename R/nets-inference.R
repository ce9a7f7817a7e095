#' Inference network: a coupling flow
#'
#' A conditional normalizing flow: an invertible map from parameters to a
#' standard normal, made of affine couplings whose networks see the summaries.
#' Sampling and density cost one pass each.
#'
#' @section Shape:
#' d parameters and k summaries; d = 1 is allowed.
#'
#' @section Formula:
#' `depth` times: an affine map per parameter (act-norm), a fixed permutation,
#' and two half couplings v = u exp(s) + t, where (s, t) are a network of the
#' other half and the summaries and s = (2 c / pi) atan(raw / c), c = 1.9.
#'
#' @section Use when:
#' always, to begin with: it trains and samples fastest. Posteriors with
#' several sharply separated modes ask for more `depth`.
#'
#' @param depth Whole number: coupling layers.
#' @param width Whole number: units of each hidden layer.
#' @param hidden Whole number: hidden layers of each coupling's network.
#' @param transform `"affine"`.
#' @param activation One of `"silu"`, `"relu"`, `"tanh"`, `"elu"`, `"gelu"`.
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
#' Radev et al. (2020). BayesFlow: learning complex stochastic models with
#' invertible neural networks. *IEEE TNNLS* 33(4).
#' @examples
#' inference_coupling_flow(depth = 4, width = 64)
#' @export
inference_coupling_flow <- function(depth = 6, width = 128, hidden = 2,
                                    transform = "affine",
                                    activation = "silu") {
  new_network_spec("coupling_flow", "inference", list(
    transform = assert_choice(transform, "affine"),
    depth = assert_size(depth, upper = 64),
    width = assert_size(width),
    hidden = assert_size(hidden, upper = 64),
    activation = assert_choice(activation, activations)
  ))
}
