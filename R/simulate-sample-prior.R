#' Draws from a prior
#'
#' @section Errors:
#' `amortflow_error_simulator` where a draw fails or is not finite, with its
#' `index` (from 1).
#'
#' @param x A prior, from [priors()] or [prior_function()], or a model, from
#'   [generative_model()].
#' @param ndraws Whole number of draws.
#' @param seed Whole number, or `NULL` to draw one from R's generator. The
#'   draws are those of [simulate.amortflow_model()] with the same seed.
#' @return A [posterior::draws_array] (draw, chain, variable) with one chain.
#' @examples
#' sample_prior(priors(mu ~ normal(0, 1), tau ~ exponential(1)), ndraws = 5)
#' @export
sample_prior <- function(x, ndraws = 1000, seed = NULL) {
  call <- rlang::current_env()
  prior <- if (inherits(x, "amortflow_model")) x$prior else x
  assert_class(
    prior, "amortflow_prior",
    "`priors()`, `prior_function()` or `generative_model()`",
    arg = "x"
  )
  ndraws <- assert_count(ndraws)
  seed <- as_seed(seed)
  range <- list(
    first_index = 0, count = ndraws, seed = seed, cores = 1,
    stop_on_failure = TRUE
  )
  states <- if (prior$kind == "function") host_streams(0, ndraws, seed)
  drawn <- draw_parameters(prior, range, states, call)
  if (length(drawn$failures$index) > 0) {
    index <- drawn$failures$index[[1]]
    amortflow_abort(
      sprintf("Draw %d failed: %s", index, drawn$failures$message[[1]]),
      "simulator",
      index = index, parent = drawn$failures$error, call = call
    )
  }
  draws <- array(
    drawn$parameters, c(ndraws, 1, ncol(drawn$parameters)),
    dimnames = list(NULL, NULL, prior_variables(prior))
  )
  posterior::as_draws_array(draws)
}

#' The priors of a model
#'
#' @param object A prior or a model.
#' @param ... Must be empty.
#' @return A data frame with one row per scalar parameter: `variable`, `prior`
#'   (the notation of [priors()], or "R function"), `lower` and `upper` (the
#'   support).
#' @examples
#' prior_summary(priors(mu ~ normal(0, 1), tau ~ normal(0, 1, lb = 0)))
#' @export
prior_summary.amortflow_prior <- function(object, ...) {
  assert_no_dots(...)
  text <- if (object$kind == "function") {
    "R function"
  } else {
    lines <- vapply(object$parameters, `[[`, "", "text")
    sizes <- lengths(parameter_columns(prior_dims(object)))
    rep(sub("^.*? ~ ", "", lines, perl = TRUE), sizes)
  }
  data.frame(
    variable = prior_variables(object), prior = text,
    lower = unname(object$support$lower), upper = unname(object$support$upper)
  )
}

#' @rdname prior_summary.amortflow_prior
#' @export
prior_summary.amortflow_model <- function(object, ...) {
  prior_summary(object$prior, ...)
}
