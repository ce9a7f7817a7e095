#' Inference by a deep ensemble
#'
#' Several networks of the same shape, summary networks included, that start
#' differently and learn from the same simulations. The posterior is their
#' mixture with equal weights: its draws come from a member chosen by chance for
#' each, its density is the mean of theirs. Where simulations are few, members
#' overfit differently, and the mixture is better than any of them; where they
#' disagree, none is to be trusted ([check_ensemble()]).
#'
#' @section Shape:
#' That of `inference`. Weights, time of training and time of densities are `n`
#' times those of one network; draws cost what they cost with one.
#'
#' @section Formula:
#' q(theta | x) = (q_1(theta | x) + ... + q_n(theta | x)) / n. The loss is the
#' mean of the members' losses, whose gradients have nothing to do with each
#' other (but for clipping, and the one schedule and best epoch of all).
#'
#' @section Use when:
#' simulations are dear and accuracy matters more than time of training: the
#' gain is largest offline with few simulations. Also to learn how far a result
#' depends on the network's start. Online, with fresh simulations for every
#' batch, one larger network is the better use of time.
#'
#' @param n Whole number, at least 2: members.
#' @param inference An `inference_*()` network for each member, or `"auto"` for
#'   the one of [default_networks()].
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` for a number of members out of range, or an
#' `inference` that is no inference network or itself an ensemble.
#' @references
#' Lakshminarayanan, Pritzel and Blundell (2017). Simple and scalable predictive
#' uncertainty estimation using deep ensembles. *NeurIPS 30*.
#'
#' Hermans et al. (2022). A trust crisis in simulation-based inference? Your
#' posterior approximations can be unfaithful. *TMLR*.
#' @examples
#' inference_ensemble(5)
#' inference_ensemble(3, inference_coupling_flow(depth = 4, width = 64))
#' @export
inference_ensemble <- function(n = 5, inference = "auto") {
  inference <- assert_network(inference, "inference")
  if (is_ensemble(inference)) {
    abort_argument(
      inference, "inference", "the network of each member, not an ensemble",
      rlang::current_env()
    )
  }
  new_network_spec("ensemble", "inference", list(
    n = assert_count(n, lower = 2, upper = most_members), inference = inference
  ))
}

# Each has networks of its own; more would only take memory.
most_members <- 100

# "auto" is none.
is_ensemble <- function(inference) {
  is.list(inference) && identical(inference[["kind"]], "ensemble")
}

# The network itself, or that of which an ensemble has several.
member_network <- function(inference) {
  if (is_ensemble(inference)) inference$inference else inference
}

# How many networks a fit mixes.
ensemble_size <- function(inference) if (is_ensemble(inference)) inference$n else 1

member_count <- function(fit) {
  ensemble_size(fit$spec$inference)
}

#' Give each member of an ensemble the network that "auto" stands for
#' @noRd
fill_ensemble <- function(inference, default) {
  if (is_ensemble(inference) && identical(inference$inference, "auto")) {
    inference$inference <- default
  }
  inference
}
