#' Summary network for exchangeable data: a set transformer
#'
#' Learns summary statistics of observations whose order carries no
#' information, and of how rows relate to one another: every row looks at the
#' rows of its data set before they are pooled. The result does not depend on
#' the order of the rows, and data sets of different size can be mixed.
#'
#' @section Shape:
#' A data set of n rows and v columns becomes `summary_dim` numbers.
#'
#' @section Formula:
#' h = two dense layers of each row. `blocks` times h <- h + attention(norm(h))
#' and h <- h + f(norm(h)), where norm is layer norm and f two dense layers with
#' `feedforward` units between. In attention, softmax(q k' / sqrt(width / heads))
#' v for each of `heads` heads, every row of a data set weighs all its rows. Then
#' `seeds` learned queries weigh the rows of norm(h), and what they give, joined
#' to log n (centred), passes two dense layers.
#'
#' With `inducing_points` m > 0, that many learned points weigh the rows, pass
#' f, and are weighed by the rows: cost and memory grow with n m, not with n^2.
#'
#' @section Use when:
#' rows are independent draws given the parameters, and statistics of pairs or
#' of groups of rows matter: clusters, mixtures, outliers, ranks, dependence
#' between columns. [summary_deep_set()] is faster and is enough where means of
#' functions of single rows tell all, as in exponential families. Set
#' `inducing_points` to 16 to 64 for data sets of more than some 500 rows.
#'
#' @inheritParams summary_deep_set
#' @param width Whole number: numbers that stand for a row between the layers.
#' @param heads Whole number that divides `width`.
#' @param blocks Whole number, may be 0: blocks of attention and dense layers.
#' @param feedforward Whole number: units of the layer in between the dense
#'   layers.
#' @param inducing_points Whole number: learned points by way of which rows see
#'   one another; 0: all rows directly.
#' @param seeds Whole number: learned queries that pool the rows.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range,
#' heads that do not divide the width, or an unknown activation.
#' @references
#' Lee et al. (2019). Set transformer: a framework for attention-based
#' permutation-invariant neural networks. *ICML*.
#'
#' Vaswani et al. (2017). Attention is all you need. *NeurIPS 30*.
#'
#' Xiong et al. (2020). On layer normalization in the transformer architecture.
#' *ICML*.
#' @seealso [summary_deep_set()], [summary_transformer()]
#' @examples
#' summary_set_transformer(width = 32, inducing_points = 16)
#' @export
summary_set_transformer <- function(summary_dim = "auto", width = 64, heads = 4,
                                    blocks = 2, feedforward = 128,
                                    inducing_points = 0, seeds = 1,
                                    activation = "silu") {
  new_network_spec("set_transformer", "summary", attention_fields(
    summary_dim, width, heads, blocks, feedforward, inducing_points, seeds,
    activation
  ))
}

# The fields of both transformers.
attention_fields <- function(summary_dim, width, heads, blocks, feedforward,
                             inducing_points, seeds, activation,
                             call = rlang::caller_env()) {
  fields <- list(
    summary_dim = assert_auto_size(summary_dim, arg = "summary_dim", call = call),
    width = assert_size(width, arg = "width", call = call),
    heads = assert_size(heads, arg = "heads", call = call),
    blocks = assert_size(blocks, arg = "blocks", call = call, lower = 0, upper = 64),
    feedforward = assert_size(feedforward, arg = "feedforward", call = call),
    inducing_points = assert_size(
      inducing_points,
      arg = "inducing_points", call = call, lower = 0
    ),
    seeds = assert_size(seeds, arg = "seeds", call = call),
    activation = assert_choice(activation, activations, arg = "activation", call = call)
  )
  if (fields$width %% fields$heads != 0) {
    amortflow_abort(
      sprintf(
        "`heads` must divide `width`, but %d does not divide %d.",
        as.integer(fields$heads), as.integer(fields$width)
      ),
      "argument",
      hint = "The heads share the width out: 4 heads of a width of 64 have 16 numbers each.",
      arg = "heads", value = heads, call = call
    )
  }
  fields
}
