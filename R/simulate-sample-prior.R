#' Draws from a prior
#'
#' @section Errors:
#' `amortflow_error_simulator` where a draw fails or is not finite, with its
#' `index` (from 1); `amortflow_error_context` where `context` lacks what the
#' prior uses.
#'
#' @param x A prior, from [priors()] or [prior_function()], or a model, from
#'   [generative_model()].
#' @param ndraws Whole number of draws.
#' @param seed Whole number, or `NULL` to draw one from R's generator. The
#'   draws are those of [simulate.amortflow_model()] with the same seed.
#' @param context Named list of the context variables that the prior uses (its
#'   `given` names), the same for all draws. With the size of the plate in it
#'   (`list(subject = 3)`), the local parameters of as many groups are drawn too.
#' @return A [posterior::draws_array] (draw, chain, variable) with one chain.
#'   Local parameters have the group as their first index: `theta[2]` of subject
#'   2, `beta[2,1]` its first element.
#' @examples
#' sample_prior(priors(mu ~ normal(0, 1), tau ~ exponential(1)), ndraws = 5)
#' @export
sample_prior <- function(x, ndraws = 1000, seed = NULL, context = NULL) {
  call <- rlang::current_env()
  assert_given(x, "made by `priors()`, `prior_function()` or `generative_model()`")
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
  groups <- plate_size(prior, context, call)
  drawn <- draw_parameters(
    prior, range, states, call, given_row(prior, context, call),
    rep(groups, ndraws)
  )
  if (length(drawn$failures$index) > 0) {
    index <- drawn$failures$index[[1]]
    amortflow_abort(
      sprintf("Draw %d failed: %s", index, drawn$failures$message[[1]]),
      "simulator",
      index = index, parent = drawn$failures$error, call = call
    )
  }
  draws <- cbind(drawn$parameters, local_columns(prior, drawn$local, groups))
  draws <- array(
    draws, c(ndraws, 1, ncol(draws)),
    dimnames = list(NULL, NULL, colnames(draws))
  )
  posterior::as_draws_array(draws)
}

# Number of groups, none where the context does not say it.
plate_size <- function(prior, context, call) {
  if (!is.null(context) && !is.list(context)) {
    abort_argument(context, "context", "a named list", call)
  }
  known <- c(names(prior$given), prior$local$plate)
  if (length(setdiff(names(context), known)) > 0) {
    amortflow_abort(
      sprintf(
        "The prior does not use `%s` of `context`.",
        setdiff(names(context), known)[[1]]
      ),
      "context",
      hint = if (length(known) > 0) known_hint(known), call = call
    )
  }
  size <- if (!is.null(prior$local)) context[[prior$local$plate]]
  if (is.null(size)) {
    return(numeric())
  }
  assert_count(size, arg = paste0("context$", prior$local$plate), call = call)
}

# Rows of groups as columns of draws, all groups of an element side by side.
local_columns <- function(prior, local, groups) {
  if (length(groups) == 0) {
    return(NULL)
  }
  ndraws <- length(local$lengths)
  columns <- lapply(seq_along(prior$local$variables), function(j) {
    values <- matrix(local$values[, j], ndraws, groups, byrow = TRUE)
    colnames(values) <- group_names(prior$local$variables[[j]], groups)
    values
  })
  do.call(cbind, columns)
}

# "theta" becomes "theta[1]", "theta[2]", ..., and "beta[2]" "beta[1,2]", ...
group_names <- function(variable, groups) {
  name <- sub("\\[.*$", "", variable)
  index <- sub("^[^[]*\\[?", "", variable)
  if (nzchar(index)) {
    sprintf("%s[%d,%s", name, seq_len(groups), index)
  } else {
    sprintf("%s[%d]", name, seq_len(groups))
  }
}

#' The priors of a model
#'
#' @param object A prior or a model.
#' @param ... Must be empty.
#' @return A data frame with one row per scalar parameter, local ones (of any
#'   one group) last: `variable`, `prior` (the notation of [priors()], or
#'   "R function"), `lower` and `upper` (the support), `shape` ("" or what its
#'   elements are together, such as "simplex"), `discrete` (logical) and `plate`
#'   ("" or its name).
#' @examples
#' prior_summary(priors(mu ~ normal(0, 1), tau ~ normal(0, 1, lb = 0)))
#' @export
prior_summary.amortflow_prior <- function(object, ...) {
  assert_no_dots(...)
  shared <- summary_rows(
    prior_variables(object), object$support, "",
    line_notation(object, prior_dims(object))
  )
  if (is.null(object$local)) {
    return(shared)
  }
  rbind(shared, summary_rows(
    object$local$variables, object$local$support, object$local$plate,
    line_notation(object, prior_local_dims(object))
  ))
}

# The right side of each scalar parameter's line.
line_notation <- function(prior, dims) {
  if (prior$kind == "function") {
    return("R function")
  }
  lines <- vapply(prior$parameters, `[[`, "", "text")
  names(lines) <- vapply(prior$parameters, `[[`, "", "name")
  right <- sub("^.*? ~ ", "", lines[names(dims)], perl = TRUE)
  rep(unname(right), lengths(parameter_columns(dims)))
}

summary_rows <- function(variables, support, plate, notation) {
  shape <- rep("", length(variables))
  for (block in support$shapes) {
    shape[block$columns] <- block$kind
  }
  data.frame(
    variable = variables, prior = notation,
    lower = unname(support$lower), upper = unname(support$upper),
    shape = shape, discrete = seq_along(variables) %in% support$discrete,
    plate = plate
  )
}

#' @rdname prior_summary.amortflow_prior
#' @export
prior_summary.amortflow_model <- function(object, ...) {
  prior_summary(object$prior, ...)
}
