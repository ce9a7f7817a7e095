#' Inference network: a consistency model
#'
#' A network that jumps from noise straight to the posterior: a draw takes one
#' evaluation, or a few with fresh noise in between, which are more accurate.
#'
#' @section Shape:
#' d parameters and k summaries; d = 1 is allowed.
#'
#' @section Formula:
#' f(z, t) = cos(t) z - sin(t) F(z, t, summaries) for z(t) = cos(t) x + sin(t) n as
#' in [inference_diffusion()], so that f(z, 0) = z. Training makes f agree at two
#' neighbouring noise levels s > s' of the same x and n, where f at s' is held
#' fixed: (sqrt(|f(z, t) - f(z', t')|^2 + c^2) - c) / (s - s'), c = 0.00054 sqrt(d),
#' log s normal with mean -1.1 and sd 2, and s' one step down a grid of
#' `training_steps` levels, evenly spaced in s^(1/7). A draw is f(n, t) at the
#' largest level; every further step adds noise of a smaller level and applies f
#' again.
#'
#' @section Use when:
#' draws must be cheap and no density is needed: [log_density()] refuses. Draws
#' are less accurate than those of [inference_flow_matching()].
#'
#' @inheritSection inference_flow_matching Training
#' @inheritParams inference_flow_matching
#' @param training_steps Whole number: noise levels of training. More make draws
#'   more accurate once training is long enough.
#' @param steps Whole number: evaluations of a draw.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size out of range or an unknown choice.
#' [log_density()] raises `amortflow_error_unsupported`.
#' @references
#' Song, Dhariwal, Chen and Sutskever (2023). Consistency models. *ICML*.
#'
#' Song and Dhariwal (2024). Improved techniques for training consistency models.
#' *ICLR*.
#'
#' Schmitt, Pratz, Koethe, Buerkner and Radev (2024). Consistency models for
#' scalable and fast simulation-based inference. *NeurIPS*.
#' @seealso [inference_flow_matching()], [inference_diffusion()]
#' @examples
#' inference_consistency(steps = 2)
#' @export
inference_consistency <- function(width = "auto", blocks = "auto",
                                  embedding = 32, activation = "silu",
                                  training_steps = 50, steps = 4) {
  new_network_spec("consistency", "inference", c(
    field_sizes(width, blocks, embedding, activation),
    list(
      training_steps = assert_size(training_steps, lower = 2, upper = 10000),
      steps = assert_size(steps, upper = 1000)
    )
  ))
}
