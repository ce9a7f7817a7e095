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
#' measurements. Where statistics of pairs or groups of rows matter, see
#' [summary_set_transformer()]; for ordered rows use [summary_time_series()].
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
#' A convolution along time, a recurrent layer that reads the series in one or
#' both directions, and a dense layer.
#'
#' @section Shape:
#' A series of n positions and v variables becomes `summary_dim` numbers; n may
#' differ between series.
#'
#' @section Formula:
#' c = activation(convolution(x)) with zeros beyond the ends, h = last state of
#' a gated recurrent unit or of long short-term memory over c (both directions
#' joined if `bidirectional`), summary = W h + b.
#'
#' With `skip_steps` s > 1, a second branch reads the series in steps of s: each
#' s positions of c in a row (zeros beyond the end) pass a dense layer of
#' s * `filters` units, a second recurrent layer reads the n / s rows, and its
#' last state is joined to h. What lies far back is then fewer steps away.
#'
#' @section Use when:
#' the order of the rows matters: time series, trajectories, epidemic curves.
#' For short series of one length [summary_mlp()] is faster and keeps more,
#' for dependence over long distances see [summary_transformer()]. Set
#' `skip_steps` to the season, or to 4, for series of more than some 100
#' positions.
#'
#' @inheritParams summary_deep_set
#' @param filters Whole number: filters of the convolution.
#' @param kernel_size Whole number: positions that a filter sees.
#' @param recurrent_dim Whole number: units of the recurrent layer, per
#'   direction.
#' @param bidirectional `TRUE` to read the series backwards too.
#' @param recurrent `"gru"`, a gated recurrent unit, or `"lstm"`, long short-term
#'   memory, which has a third more weights and a memory of its own.
#' @param skip_steps Whole number: positions that the second branch takes at a
#'   time; 0 for no such branch.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range or
#' an unknown activation.
#' @references
#' Cho et al. (2014). Learning phrase representations using RNN
#' encoder-decoder for statistical machine translation. *EMNLP*.
#'
#' Hochreiter and Schmidhuber (1997). Long short-term memory. *Neural
#' Computation* 9(8).
#'
#' Lai et al. (2018). Modeling long- and short-term temporal patterns with deep
#' neural networks. *SIGIR*.
#' @examples
#' summary_time_series(recurrent_dim = 32)
#' summary_time_series(recurrent = "lstm", skip_steps = 4)
#' @export
summary_time_series <- function(summary_dim = "auto", filters = 32,
                                kernel_size = 3, recurrent_dim = 64,
                                bidirectional = TRUE, activation = "silu",
                                recurrent = c("gru", "lstm"), skip_steps = 0) {
  new_network_spec("time_series", "summary", list(
    summary_dim = assert_auto_size(summary_dim),
    filters = assert_size(filters),
    kernel_size = assert_size(kernel_size),
    recurrent_dim = assert_size(recurrent_dim),
    bidirectional = assert_flag(bidirectional),
    activation = assert_choice(activation, activations),
    recurrent = assert_choice(recurrent, c("gru", "lstm")),
    skip_steps = assert_skip_steps(skip_steps)
  ))
}

assert_skip_steps <- function(x, arg = rlang::caller_arg(x),
                              call = rlang::caller_env()) {
  steps <- assert_size(x, arg = arg, call = call, lower = 0)
  if (steps == 1) {
    abort_argument(x, arg, "0 (no skip branch) or at least 2", call)
  }
  steps
}

#' No summary network
#'
#' The data set itself is the condition of the inference network.
#'
#' @section Shape:
#' A vector of p numbers stays p numbers.
#'
#' @section Formula:
#' summary = x, on the networks' scale (standardised).
#'
#' @section Use when:
#' data are short vectors, or summaries were made by hand.
#'
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_config` from [fit_posterior()] for data sets of more than
#' one row.
#' @references
#' Papamakarios and Murray (2016). Fast epsilon-free inference of simulation
#' models with Bayesian conditional density estimation. *NeurIPS 29*.
#' @seealso [summary_mlp()], [summary_function()]
#' @examples
#' summary_identity()
#' @export
summary_identity <- function() {
  new_network_spec("identity", "summary", list())
}
