#' Inference network: a dense network that predicts
#'
#' The network of [fit_comparison()] and [fit_point()]: from the summaries to
#' probabilities of models, or to means and quantiles of parameters.
#'
#' @section Shape:
#' k summaries; as many outputs as the prediction has numbers.
#'
#' @section Formula:
#' `hidden` dense layers of `width` units, residual from the second on, and a
#' linear layer that starts at zero, so that all models begin equally probable and
#' all data sets with the same prediction.
#'
#' @section Use when:
#' models are compared or points estimated. Wider layers where there are many models or summaries.
#'
#' @inheritParams inference_mixture
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation.
#' @references
#' Bishop (1995). *Neural networks for pattern recognition*, chapter 6. Oxford
#' University Press.
#' @examples
#' inference_mlp(width = 32)
#' @export
inference_mlp <- function(width = 64, hidden = 3, activation = "silu") {
  new_network_spec("mlp", "inference", list(
    width = assert_size(width),
    hidden = assert_size(hidden, upper = 64),
    activation = assert_choice(activation, activations)
  ))
}
