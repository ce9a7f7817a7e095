#' Summary network for data of one shape: dense layers
#'
#' All numbers of a data set side by side, then dense layers (a multilayer
#' perceptron): every layer sees everything, so nothing is lost that the posterior
#' may hang on. `summary_dense()` is another name for it.
#'
#' @section Shape:
#' A vector of p numbers, or a series of n positions and v variables (n the
#' same for all data sets), or an array, becomes `summary_dim` numbers.
#'
#' @section Formula:
#' h = activation(W x + b), then `depth - 1` times h <- h + activation(W h + b),
#' then summary = W h + b.
#'
#' @section Use when:
#' data are vectors of more than a few numbers, short series of one length, or
#' small arrays.
#'
#' @inheritParams summary_deep_set
#' @param depth Whole number: dense layers of `width` units.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation; `amortflow_error_config` from [fit_posterior()] for
#' data sets of different lengths.
#' @references
#' He, Zhang, Ren and Sun (2016). Deep residual learning for image recognition.
#' *CVPR*.
#' @examples
#' summary_mlp(width = 128)
#' @export
summary_mlp <- function(summary_dim = "auto", width = 256, depth = 4,
                        activation = "silu") {
  new_network_spec("dense", "summary", list(
    summary_dim = assert_auto_size(summary_dim),
    width = assert_size(width),
    depth = assert_size(depth, upper = 64),
    activation = assert_choice(activation, activations)
  ))
}

#' @rdname summary_mlp
#' @export
summary_dense <- summary_mlp
