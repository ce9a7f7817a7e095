#' Summary statistics that a fit has learned
#'
#' What the fit's summary networks make of data sets: numbers that hold what the
#' data say about the parameters, for approximate Bayesian computation, for maps
#' of simulations, or to see whether observed data lie where simulations do.
#' Context, and variables that [adapt_direct()] sends past the summary network,
#' are not among them.
#'
#' @inheritParams sample_posterior
#' @return A numeric matrix with one row per data set and one column per summary:
#'   `summary[1]`, `summary[2]`, ... of a network (with several observables,
#'   `<observable>[1]`, ...), or the variables' names where data go to the
#'   inference network as they are ([summary_identity()], [summary_function()]);
#'   on the networks' scale. Of an ensemble, the summaries of all members side by
#'   side, `.1`, `.2`, ... behind their names. `abc::abc()` takes it as `sumstat`, and a row of it
#'   as `target`.
#' @inheritSection sample_posterior Errors
#' @seealso [summary_function()] for statistics made by hand.
#' @examples
#' \donttest{
#' model <- example_model("gaussian_mean")
#' fit <- fit_posterior(
#'   model,
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' reference <- simulate(model, nsim = 500, seed = 2)
#' sumstat <- learned_summaries(fit, reference)
#' target <- learned_summaries(fit, reference[1])
#' if (requireNamespace("abc", quietly = TRUE)) {
#'   abc::abc(target, reference$parameters, sumstat, tol = 0.2, method = "rejection")
#' }
#' }
#' @export
learned_summaries <- function(fit, newdata, context = NULL, by = NULL,
                              cores = getOption("mc.cores", 1L)) {
  assert_posterior_fit(fit)
  sets <- read_newdata(fit, newdata, by, context)
  cores <- assert_count(cores)
  conditions <- with_call(call_core(
    core_conditions(
      live_posterior(fit), host_sets(fit$adapter, sets), as.integer(cores)
    )
  ))
  names <- summary_names(fit)
  # Each member of an ensemble has summaries of its own, and context behind them.
  members <- seq_len(member_count(fit))
  width <- ncol(conditions) / length(members)
  own <- unlist(lapply(members, \(i) (i - 1) * width + seq_along(names)))
  if (length(members) > 1) {
    names <- paste0(rep(names, length(members)), ".", rep(members, each = length(names)))
  }
  matrix(
    conditions[, own], nrow(conditions), length(names),
    dimnames = list(sets$ids, names)
  )
}

# Of the condition's first columns, network by network.
summary_names <- function(fit) {
  spec <- fit$spec
  if (is_fusion(spec$summary) && !is.null(spec$summary$head)) {
    return(sprintf("summary[%d]", seq_len(spec$summary$head$summary_dim)))
  }
  networks <- as_networks(spec$summary, spec_observed(spec))
  labels <- names(fit$adapter$data)
  unlist(lapply(seq_along(networks), function(k) {
    own <- fit$adapter$shown$data[[k]]
    past <- fit$adapter$direct[[k]]
    own <- own[!seq_along(own) %in% past]
    if (length(own) == 0 || networks[[k]]$kind == "identity") {
      return(own)
    }
    stem <- if (length(networks) > 1) labels[[k]] else "summary"
    sprintf("%s[%d]", stem, seq_len(summary_size(networks[[k]])))
  }))
}
