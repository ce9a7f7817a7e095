#' Simulations that you already have
#'
#' Wraps parameters and data, for example a reference table made for the `abc`
#' package, for [fit_posterior()] and the checks.
#'
#' @section Errors:
#' `amortflow_error_argument` for numbers of simulations that differ, arrays of
#' several shapes, values
#' that are not finite, no simulations, parameters or variables, data sets
#' without positions, names of parameters that are not one each, data sets with
#' different variables, parameters outside the prior's support, or names that do
#' not fit the prior.
#'
#' @param parameters Numeric matrix or data frame (also one of class `draws_df`),
#'   simulation x parameter; a vector where there is one parameter. Without names, columns are called
#'   `theta[1]`, `theta[2]`, ...
#' @param data For `observed = "vector"` a numeric matrix or data frame, one
#'   row per simulation (a vector where there is one variable); else an array
#'   (simulation, position, variable), a matrix (simulation, position) where
#'   there is one variable, or an unnamed list of matrices, data frames or
#'   vectors (position x variable), whose numbers of positions may differ. Where
#'   the matrices have column names, they are bound by these. For
#'   `observed = "array"` an array (simulation, dimensions of one data set) or an
#'   unnamed list of arrays of one shape. For several
#'   observables a named list of such.
#' @param context What varied by data set: numeric matrix or data frame with one
#'   row per simulation, a named list of vectors of that length, or `NULL`.
#' @param prior The prior that the parameters were drawn from, or `NULL`. It
#'   gives their support, which posteriors then respect.
#' @param observed `"vector"`, `"exchangeable"`, `"series"` or `"array"`, or a named vector
#'   of these for several observables, as in [generative_model()].
#' @param missing `TRUE`: values of the data may be `NA`, as [adapt_missing()]
#'   takes them. Infinite ones are refused all the same.
#' @return An `amortflow_simulations`, see [simulate.amortflow_model()]; `seed`
#'   and `model_hash` are `NULL`.
#' @examples
#' theta <- cbind(mu = rnorm(100))
#' x <- cbind(mean = rnorm(100, theta[, "mu"]), sd = rexp(100))
#' simulations(theta, x)
#' @export
simulations <- function(parameters, data, context = NULL, prior = NULL,
                        observed = "vector", missing = FALSE) {
  call <- rlang::current_env()
  assert_given(parameters, "a matrix or data frame with one row per simulation")
  assert_given(data, "the data sets, one for each row of `parameters`")
  missing <- assert_flag(missing)
  observed <- assert_observed(observed, call)
  parameters_given <- parameters
  parameters <- numeric_table(parameters, "parameters", call)
  if (is.null(colnames(parameters))) {
    colnames(parameters) <- sprintf("theta[%d]", seq_len(ncol(parameters)))
  }
  blocks <- data_blocks(data, observed, call = call)
  context <- context_table(context, nrow(parameters), call)
  check_as_many(parameters, blocks[[1]], call)
  for (rows in blocks) {
    check_not_empty(parameters, rows, parameters_given, data, call)
  }
  check_column_names(colnames(parameters), call)
  check_finite_simulations(parameters, blocks, context, call, missing)
  d <- ncol(parameters)
  support <- list(lower = rep(-Inf, d), upper = rep(Inf, d))
  if (!is.null(prior)) {
    assert_class(prior, "amortflow_prior", "`priors()` or `prior_function()`")
    parameters <- order_by_prior(parameters, prior, call)
    support <- prior_support(prior)
    check_in_support(parameters, support, call)
  }
  support <- name_support(support, colnames(parameters))
  new_simulations(
    parameters, blocks_data(blocks, observed), observed, support,
    context = context
  )
}

context_table <- function(context, n, call) {
  if (is.null(context)) {
    return(NULL)
  }
  if (is.list(context) && !is.data.frame(context)) {
    context <- as.data.frame(context, optional = TRUE)
  }
  table <- numeric_table(context, "context", call)
  if (is.null(colnames(table)) || nrow(table) != n) {
    must <- sprintf("one named value (or column) per context, for %d simulations", n)
    abort_argument(context, "context", must, call)
  }
  table
}

check_as_many <- function(parameters, rows, call) {
  if (length(rows$lengths) != nrow(parameters)) {
    amortflow_abort(
      sprintf(
        "`parameters` and `data` must hold the same simulations, not %d and %d.",
        nrow(parameters), length(rows$lengths)
      ),
      "argument",
      call = call
    )
  }
}

check_not_empty <- function(parameters, rows, given, data, call) {
  if (length(parameters) == 0) {
    must <- "at least one simulation of at least one parameter"
    abort_argument(given, "parameters", must, call)
  }
  if (ncol(rows$values) == 0) {
    abort_argument(data, "data", "data sets of at least one variable", call)
  }
  empty <- which(rows$lengths == 0)
  if (length(empty) > 0) {
    amortflow_abort(
      sprintf(
        "Every data set must have at least one position: %s, the first is number %d.",
        sprintf("%d %s none", length(empty), if (length(empty) == 1) "has" else "have"),
        empty[[1]]
      ),
      "argument",
      hint = "Leave them out of `parameters` and of `data`.",
      index = empty, call = call
    )
  }
}

# As posteriors have them: one name each, none that posterior keeps for itself.
check_column_names <- function(names, call) {
  bad <- duplicated(names) | is.na(names) | !nzchar(names) |
    names %in% reserved_names
  if (any(bad)) {
    name <- names[bad][[1]]
    amortflow_abort(
      sprintf(
        "The columns of `parameters` must have one name each%s, but column %d is called \"%s\".",
        if (name %in% reserved_names) " that is not reserved" else "",
        which(bad)[[1]], name
      ),
      "argument",
      hint = "See `colnames(parameters)`.", call = call
    )
  }
}

check_finite_simulations <- function(parameters, blocks, context, call,
                                     missing = FALSE) {
  bad <- which(!finite_sets(parameters, blocks, context, missing))
  if (length(bad) > 0) {
    amortflow_abort(
      sprintf(
        "All values must be finite: %d simulation%s not, the first is number %d.",
        length(bad), if (length(bad) == 1) " is" else "s are", min(bad)
      ),
      "argument",
      hint = paste(
        "Leave them out of `parameters` and of `data`",
        "(`missing = TRUE` and adapt_missing() take NA in data)."
      ),
      index = sort(bad), call = call
    )
  }
}

order_by_prior <- function(parameters, prior, call) {
  variables <- prior_variables(prior)
  unnamed <- identical(
    colnames(parameters), sprintf("theta[%d]", seq_len(ncol(parameters)))
  )
  if (unnamed && ncol(parameters) == length(variables)) {
    colnames(parameters) <- variables
  }
  if (!setequal(colnames(parameters), variables)) {
    amortflow_abort(
      sprintf(
        "The columns of `parameters` must be those of the prior: %s; not %s.",
        paste(variables, collapse = ", "),
        paste(colnames(parameters), collapse = ", ")
      ),
      "argument",
      call = call
    )
  }
  parameters[, variables, drop = FALSE]
}

check_in_support <- function(parameters, support, call) {
  # What is constant by construction may come with rounding.
  slack <- ifelse(support$lower == support$upper, 1e-8, 0)
  outside <- t(parameters) < support$lower - slack |
    t(parameters) > support$upper + slack
  bad <- which(colSums(outside) > 0)
  if (length(bad) > 0) {
    name <- colnames(parameters)[which(outside[, bad[[1]]])[[1]]]
    amortflow_abort(
      sprintf(
        "`%s` of simulation %d must lie in the prior's support [%s, %s], not be %s.",
        name, bad[[1]], format(support$lower[[name]]),
        format(support$upper[[name]]), format(parameters[bad[[1]], name])
      ),
      "argument",
      index = bad, call = call
    )
  }
}

# Which simulations are finite in all that they hold.
finite_sets <- function(parameters, blocks, context, missing = FALSE) {
  finite <- rowSums(!is.finite(parameters)) == 0
  if (!is.null(context)) finite <- finite & rowSums(!is.finite(context)) == 0
  for (rows in blocks) {
    set <- rep(seq_along(rows$lengths), rows$lengths)
    finite[set[rowSums(!are_sound(rows$values, missing)) > 0]] <- FALSE
  }
  finite
}

new_simulations <- function(parameters, data, observed, support,
                            context = NULL, seed = NULL, model_hash = NULL,
                            failures = failure_frame(no_failures()),
                            local = NULL) {
  structure(
    list(
      parameters = parameters, local = local, data = data, context = context
    ),
    observed = observed, seed = seed, support = support,
    model_hash = model_hash, failures = failures,
    class = "amortflow_simulations"
  )
}
