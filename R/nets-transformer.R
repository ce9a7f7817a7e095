#' Summary network for series: a transformer
#'
#' Every position of a series looks at all others, near and far alike, before
#' they are pooled.
#'
#' @section Shape:
#' A series of n positions and v variables becomes `summary_dim` numbers; n may
#' differ between series.
#'
#' @section Formula:
#' Each row is joined to features of its position t = 0, 1, ...: sin and cos of
#' t 10000^(-k / `time_frequencies`) for k = 0, ..., `time_frequencies` - 1,
#' which tell how far apart two rows are, and 2 (t + 1/2) / n - 1, which tells
#' how far along the series they are. Then as in [summary_set_transformer()].
#'
#' @section Use when:
#' what matters lies far apart in the series, or in few places of it: long
#' memory, change points, seasons. [summary_time_series()] needs fewer
#' simulations where each position depends on those just before it. Set
#' `inducing_points` to 16 to 64 for series of more than some 500 positions.
#' Where observations are not equally spaced, give their times as a variable.
#'
#' @inheritParams summary_set_transformer
#' @param blocks Whole number, may be 0: blocks of attention and dense layers.
#' @param time_frequencies Whole number: waves that tell positions apart.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a size that is not a whole number in range,
#' heads that do not divide the width, or an unknown activation.
#' @references
#' Vaswani et al. (2017). Attention is all you need. *NeurIPS 30*.
#'
#' Lee et al. (2019). Set transformer: a framework for attention-based
#' permutation-invariant neural networks. *ICML*.
#' @seealso [summary_time_series()], [summary_set_transformer()]
#' @examples
#' summary_transformer(width = 32, blocks = 1)
#' @export
summary_transformer <- function(summary_dim = "auto", width = 64, heads = 4,
                                blocks = 2, feedforward = 128,
                                inducing_points = 0, seeds = 1,
                                time_frequencies = 8, activation = "silu") {
  fields <- attention_fields(
    summary_dim, width, heads, blocks, feedforward, inducing_points, seeds,
    activation
  )
  fields$time_frequencies <- assert_size(time_frequencies)
  new_network_spec("transformer", "summary", fields)
}
