#' Summary network for arrays and series: residual convolutions
#'
#' Convolutions with windows of a few places, run over a grid (images, fields) or
#' along a series, in residual blocks. From stage to stage, every second place is
#' left out and features become more.
#'
#' @section Shape:
#' `observed = "array"`: an array of n x m places, or n x m x channels, becomes
#' `summary_dim` numbers; all arrays have the shape of training. One-dimensional
#' arrays, series (n x v, n may differ between data sets) and vectors (p places of
#' one variable) are convolved along their one dimension. Beyond the edges are
#' zeros, that is means, since data are standardised.
#'
#' @section Formula:
#' h = a(convolution(x)) with `filters[1]` features. Then in each stage `blocks`
#' times h <- shortcut(h) + convolution(a(convolution(h))), with the stage's
#' number of features; from the second stage on, the first of these blocks goes
#' by strides of 2, and its shortcut is a linear convolution of windows of 2.
#' Other shortcuts are h itself, or a linear map where the features change. The
#' last convolution of a block starts at zero, so that a deep network starts as a
#' shallow one. The mean and the standard deviation of each feature over all
#' places (for series also log n) go through a dense layer of `width` units, and
#' a linear one. Nothing is normalised on the way: the scale of the data, which
#' variances and intensities hang on, reaches the summaries.
#'
#' @section Use when:
#' data are images or fields, where what is near belongs together, or long series
#' with local patterns; for series in which the order over long distances
#' matters, prefer [summary_time_series()]. An array of a few numbers does as
#' well with [summary_mlp()].
#'
#' @inheritParams summary_deep_set
#' @param filters Whole numbers, 1 to 16 of them: features of each stage. An array of n x m
#'   is ceiling(n / 2) x ceiling(m / 2) in the second stage, and so on.
#' @param blocks Whole number: residual blocks of each stage.
#' @param kernel_size Whole number up to 64: places that a window spans in each
#'   direction.
#' @param width Whole number: units of the dense layer.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation; `amortflow_error_config` from [fit_posterior()] for
#' exchangeable data.
#' @references
#' He, Zhang, Ren and Sun (2016). Deep residual learning for image recognition.
#' *CVPR*.
#'
#' Zhang, Dauphin and Ma (2019). Fixup initialization: residual learning without
#' normalization. *ICLR*.
#' @examples
#' summary_convolution(filters = c(16, 32), kernel_size = 5)
#' @export
summary_convolution <- function(summary_dim = "auto", filters = c(16, 32, 64),
                                blocks = 1, kernel_size = 3, width = 128,
                                activation = "silu") {
  new_network_spec("convolution", "summary", list(
    summary_dim = assert_auto_size(summary_dim),
    filters = assert_filters(filters),
    blocks = assert_size(blocks, upper = 64),
    kernel_size = assert_size(kernel_size, upper = 64),
    width = assert_size(width),
    activation = assert_choice(activation, activations)
  ))
}

assert_filters <- function(x, arg = rlang::caller_arg(x),
                           call = rlang::caller_env()) {
  fine <- is.numeric(x) && length(x) %in% 1:16 && all(is.finite(x)) &&
    all(x == trunc(x)) && all(x >= 1) && all(x <= 4096)
  if (!fine) {
    abort_argument(x, arg, "1 to 16 whole numbers between 1 and 4096", call)
  }
  as.double(x)
}

# What the core needs to know of the data: the grid, or how many numbers a vector
# has; series have neither.
convolution_spec <- function(observable) {
  grid <- array_grid(observable$shape)
  list(
    shape = if (length(grid) == 2) {
      as.double(grid)
    } else if (identical(observable$observed, "vector")) {
      as.double(observable$width)
    },
    log_size_center = mean(log(observable$n_obs))
  )
}
