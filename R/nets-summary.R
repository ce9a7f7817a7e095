# Summary networks: what turns a data set into the numbers that the inference network is conditioned on.

new_network_spec <- function(kind, stage, fields) {
  structure(
    c(list(kind = kind), fields),
    class = c(paste0("amortflow_", stage), "amortflow_network")
  )
}

activations <- c("silu", "relu", "tanh", "elu", "gelu")

assert_size <- function(x, arg = rlang::caller_arg(x),
                        call = rlang::caller_env(), lower = 1, upper = 4096) {
  assert_count(x, lower = lower, upper = upper, arg = arg, call = call)
}

assert_auto_size <- function(x, arg = rlang::caller_arg(x),
                             call = rlang::caller_env()) {
  if (identical(x, "auto")) {
    return(x)
  }
  assert_size(x, arg = arg, call = call)
}

#' Summary network for exchangeable data: a deep set
#'
#' Learns summary statistics of observations whose order carries no
#' information. The result does not depend on the order of the rows, and data
#' sets of different size can be mixed.
#'
#' @section Shape:
#' A data set of n rows and v columns becomes `summary_dim` numbers.
#'
#' @section Formula:
#' `equivariant` times: h <- f(h), then each row is joined to the mean of its
#' data set. Then f, the mean over rows joined to log n (centred), f, and a
#' linear layer. Each f is `depth` dense layers of `width` units.
#'
#' @section Use when:
#' rows are independent draws given the parameters: trials, subjects, repeated
#' measurements. For ordered rows use [summary_time_series()].
#'
#' @param summary_dim Whole number, or `"auto"`: `2 * d + 2` for d parameters,
#'   at least 8 and at most 64.
#' @param width Whole number: units of each dense layer.
#' @param depth Whole number: dense layers of each f.
#' @param equivariant Whole number, may be 0: modules before pooling.
#' @param activation One of `"silu"`, `"relu"`, `"tanh"`, `"elu"`, `"gelu"`.
#' @return A network specification, a plain list for [fit_posterior()].
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation.
#' @references
#' Zaheer et al. (2017). Deep sets. *NeurIPS 30*.
#'
#' Bloem-Reddy and Teh (2020). Probabilistic symmetries and invariant neural
#' networks. *JMLR* 21(90).
#' @examples
#' summary_deep_set(summary_dim = 10)
#' @export
summary_deep_set <- function(summary_dim = "auto", width = 64, depth = 2,
                             equivariant = 1, activation = "silu") {
  new_network_spec("deep_set", "summary", list(
    summary_dim = assert_auto_size(summary_dim),
    width = assert_size(width),
    depth = assert_size(depth, upper = 64),
    equivariant = assert_size(equivariant, lower = 0, upper = 64),
    activation = assert_choice(activation, activations)
  ))
}

#' Summary network for series: convolution and recurrence
#'
#' A convolution along time, a gated recurrent unit that reads the series in
#' one or both directions, and a dense layer.
#'
#' @section Shape:
#' A series of n positions and v variables becomes `summary_dim` numbers; n may
#' differ between series.
#'
#' @section Formula:
#' c = activation(convolution(x)) with zeros beyond the ends, h = last state of
#' a gated recurrent unit over c (both directions joined if `bidirectional`),
#' summary = W h + b.
#'
#' @section Use when:
#' the order of the rows matters: time series, trajectories, epidemic curves.
#' For short series of one length [summary_dense()] is faster and keeps more.
#'
#' @inheritParams summary_deep_set
#' @param filters Whole number: filters of the convolution.
#' @param kernel_size Whole number: positions that a filter sees.
#' @param recurrent_dim Whole number: units of the recurrent layer, per
#'   direction.
#' @param bidirectional `TRUE` to read the series backwards too.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation.
#' @references
#' Cho et al. (2014). Learning phrase representations using RNN
#' encoder-decoder for statistical machine translation. *EMNLP*.
#' @examples
#' summary_time_series(recurrent_dim = 32)
#' @export
summary_time_series <- function(summary_dim = "auto", filters = 32,
                                kernel_size = 3, recurrent_dim = 64,
                                bidirectional = TRUE, activation = "silu") {
  new_network_spec("time_series", "summary", list(
    summary_dim = assert_auto_size(summary_dim),
    filters = assert_size(filters),
    kernel_size = assert_size(kernel_size),
    recurrent_dim = assert_size(recurrent_dim),
    bidirectional = assert_flag(bidirectional),
    activation = assert_choice(activation, activations)
  ))
}

#' Summary network for data of one shape: dense layers
#'
#' All numbers of a data set side by side, then dense layers: every layer sees
#' everything, so nothing is lost that the posterior may hang on.
#'
#' @section Shape:
#' A vector of p numbers, or a series of n positions and v variables (n the
#' same for all data sets), becomes `summary_dim` numbers.
#'
#' @section Formula:
#' h = activation(W x + b), then `depth - 1` times h <- h + activation(W h + b),
#' then summary = W h + b.
#'
#' @section Use when:
#' data are vectors of more than a few numbers, or short series of one length.
#'
#' @inheritParams summary_deep_set
#' @param depth Whole number: dense layers of `width` units.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation; `amortflow_error_config` from [fit_posterior()] for
#' data sets of different lengths.
#' @examples
#' summary_dense(width = 128)
#' @export
summary_dense <- function(summary_dim = "auto", width = 256, depth = 4,
                          activation = "silu") {
  new_network_spec("dense", "summary", list(
    summary_dim = assert_auto_size(summary_dim),
    width = assert_size(width),
    depth = assert_size(depth, upper = 64),
    activation = assert_choice(activation, activations)
  ))
}

#' No summary network
#'
#' The data set itself is the condition of the inference network.
#'
#' @section Shape:
#' A vector of p numbers stays p numbers.
#'
#' @section Use when:
#' data are short vectors, or summaries were made by hand.
#'
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_config` from [fit_posterior()] for data sets of more than
#' one row.
#' @examples
#' summary_identity()
#' @export
summary_identity <- function() {
  new_network_spec("identity", "summary", list())
}
