#' Summary network for several observables: late fusion
#'
#' One summary network for each observable of a model with several; their
#' summaries go side by side to the inference network, or through dense layers
#' first, which see all of them.
#'
#' @section Shape:
#' A named list of data sets, one for each observable, becomes the summaries of
#' all of them side by side, or the `summary_dim` numbers of `head`.
#'
#' @section Formula:
#' s = (network of x)(x), (network of y)(y), ...; summary = head(s). Context
#' values go past the head.
#'
#' @section Use when:
#' a simulator gives several observables (`observed` is a named vector). A named
#' list of networks as `summary` does the same without a head. A head pays where
#' what one observable says depends on what another says, or where the summaries
#' are many.
#'
#' @param ... Summary networks by the names of the observables; `"auto"`, or to
#'   leave one out, is the network of [default_networks()].
#' @param head Dense layers over all summaries, [summary_mlp()], or `NULL`.
#' @inherit summary_deep_set return
#' @section Errors:
#' `amortflow_error_argument` if a network is none, has no name or one twice, or
#' `head` is not of [summary_mlp()], and from [fit_posterior()] if a name is not
#' that of an observable.
#' @references
#' Schmitt, Radev and Buerkner (2023). Fuse it or lose it: deep fusion for
#' multimodal simulation-based inference. *arXiv* 2311.10671.
#' @examples
#' summary_fusion(
#'   times = summary_deep_set(), survey = summary_identity(),
#'   head = summary_mlp(width = 64, depth = 2)
#' )
#' @export
summary_fusion <- function(..., head = NULL) {
  networks <- list(...)
  named <- length(networks) == 0 || rlang::is_named(networks)
  if (!named || anyDuplicated(names(networks))) {
    amortflow_abort(
      "Networks of summary_fusion() must have the observables' names, each once.",
      "argument",
      hint = "For instance summary_fusion(x = summary_deep_set(), y = summary_identity())."
    )
  }
  for (name in names(networks)) {
    assert_fusible(networks[[name]], name, rlang::current_env())
  }
  if (!is.null(head)) {
    assert_class(head, "amortflow_summary", "`summary_mlp()`")
    if (head$kind != "dense") {
      abort_argument(head$kind, "head", "made by `summary_mlp()`", rlang::current_env())
    }
  }
  fields <- list(networks = networks)
  if (!is.null(head)) fields$head <- head
  new_network_spec("fusion", "summary", fields)
}

assert_fusible <- function(network, name, call) {
  assert_network(network, "summary", arg = name, call = call)
  if (is_fusion(network)) {
    abort_argument(network$kind, name, "the network of one observable", call)
  }
}

is_fusion <- function(summary) {
  inherits(summary, "amortflow_summary") && identical(summary$kind, "fusion")
}

# The networks of observables, whether they were given as a list or as a fusion.
fused_networks <- function(summary) {
  if (is.list(summary) && identical(summary$kind, "fusion")) summary$networks else summary
}

# `networks` resolved, in the order of the observables.
resolve_fusion <- function(summary, networks, parameter_count, call) {
  if (!is_fusion(summary)) {
    return(networks)
  }
  summary$networks <- networks
  if (!is.null(summary$head)) {
    one_row <- list(observed = "vector", n_obs = c(1, 1), width = 1)
    summary$head <- resolve_summary(summary$head, parameter_count, one_row, call)
  }
  summary
}

# What the estimator's specification says of a head.
head_spec <- function(summary) {
  if (is_fusion(summary) && !is.null(summary$head)) {
    list(head = summary_spec(summary$head, list(n_obs = c(1, 1))))
  }
}
