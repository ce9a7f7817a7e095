#' Inference network: a mixture of normals
#'
#' A mixture density network: a dense network of the summaries gives the
#' weights, means and full covariances of a mixture of normals. Draws and
#' densities are exact and cheap, and the posterior is a known density.
#'
#' @section Shape:
#' d parameters, at most 256, and k summaries; d = 1 is allowed. The network has
#' `components * (1 + 2 * d + d * (d - 1) / 2)` outputs.
#'
#' @section Formula:
#' q(theta | x) = sum over k of w_k N(theta; m_k, S_k), with w = softmax(logits)
#' and S_k^-1 = L_k' L_k, L_k = diag(exp(s_k)) (I - B_k), B_k strictly lower
#' triangular: within a component theta_i is normal around m_i + sum over j < i
#' of B_ij (theta_j - m_j) with standard deviation exp(-s_i). The log scales are
#' s = (2 c / pi) atan(raw / c), c = 10. Logits, m, raw scales and B come from
#' `hidden` dense layers of `width` units, residual from the second on, and a
#' linear layer. Components start with means drawn from a standard normal, so
#' that they do not collapse into one.
#'
#' @section Use when:
#' there are few parameters, and posteriors are close to normal or have a few
#' modes; or where the posterior must be a simple known density, as a prior of a
#' later analysis. Curved posteriors ask for [inference_coupling_flow()].
#'
#' @param components Whole number up to 256: normals in the mixture.
#' @param width Whole number: units of each hidden layer.
#' @param hidden Whole number: hidden layers.
#' @inheritParams inference_coupling_flow
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation; `amortflow_error_config` when it is fitted to more
#' than 256 parameters or needs more than a million outputs.
#' @references
#' Bishop (1994). Mixture density networks. Technical report NCRG/94/004, Aston
#' University.
#'
#' Pourahmadi (1999). Joint mean-covariance models with applications to
#' longitudinal data: unconstrained parameterisation. *Biometrika* 86(3).
#' @examples
#' inference_mixture(components = 4, width = 64)
#' @export
inference_mixture <- function(components = 8, width = 128, hidden = 3,
                              activation = "silu") {
  new_network_spec("mixture", "inference", list(
    components = assert_size(components, upper = 256),
    width = assert_size(width),
    hidden = assert_size(hidden, upper = 64),
    activation = assert_choice(activation, activations)
  ))
}
