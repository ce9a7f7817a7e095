# What rstantools names: predictions, intervals and the prior of a fit.

#' Draw new data from the posterior predictive distribution
#'
#' Parameters are drawn from the posterior given `newdata`; for each draw the
#' model's simulator makes a new data set.
#'
#' @inheritParams sample_posterior
#' @param object A fit made by [fit_posterior()] that holds its model (not from
#'   simulations only).
#' @param ndraws Whole number: replicated data sets per data set of `newdata`;
#'   `NULL` is 1000.
#' @param ... Empty.
#' @return For one data set a numeric matrix, draws x observations, as
#'   rstantools and bayesplot want it. A data set with several positions and
#'   variables is laid out variable by variable, columns named
#'   `variable[position]`, an array element by element in R's order. Several observables come as a named list of such
#'   matrices. For many data sets an unnamed list of these.
#' @section Errors:
#' * `amortflow_error_unsupported`: the fit has no simulator, or its simulator
#'   gave data sets of several lengths for one data set of `newdata`.
#' * `amortflow_error_simulator`: the simulator failed at drawn parameters.
#' * those of [sample_posterior()].
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' replicated <- posterior_predict(fit, c(0, 0), ndraws = 50, seed = 1)
#' dim(replicated)
#' predictive_interval(fit, c(0, 0), prob = 0.5, seed = 1)
#' }
#' @export
posterior_predict.amortflow_posterior_fit <- function(
    object, newdata, context = NULL, ndraws = NULL, by = NULL, seed = NULL,
    cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  sets <- read_newdata(object, newdata, by, context)
  predict_sets(object, sets, ndraws %||% 1000, seed, cores)
}

# Replicates of data sets that have been read.
predict_sets <- function(fit, sets, ndraws, seed, cores,
                         call = rlang::caller_env()) {
  ndraws <- assert_count(ndraws, arg = "ndraws", call = call)
  seed <- as_seed(seed, arg = "seed", call = call)
  cores <- assert_count(cores, arg = "cores", call = call)
  assert_simulator(fit, call)
  draws <- draw_sets(fit, sets, ndraws, seed, cores, call)
  replicated <- replicate_data(fit, draws, sets$context, seed, cores, call)
  if (sets$many) replicated else replicated[[1]]
}

assert_simulator <- function(fit, call = rlang::caller_env()) {
  if (!is.null(fit$adapter$keep)) {
    amortflow_abort(
      sprintf(
        "Predictions need all parameters, but this posterior is about %s alone.",
        shown_names(fit$spec$variables)
      ),
      "unsupported",
      hint = "Fit without adapt_select() of parameters.", call = call
    )
  }
  if (is.null(fit$model)) {
    amortflow_abort(
      "Predictions need a simulator, which this fit does not hold.",
      "unsupported",
      hint = paste(
        "Fits to simulations alone have none;",
        "load_fit(path, model = ) gives a loaded fit its own back."
      ),
      call = call
    )
  }
}

# Array (draw, data set, variable) -> list of what posterior_predict() gives.
replicate_data <- function(fit, draws, context, seed, cores,
                           call = rlang::caller_env()) {
  n <- dim(draws)
  parameters <- matrix(
    as.vector(draws), n[[1]] * n[[2]], n[[3]],
    dimnames = list(NULL, fit$spec$variables)
  )
  context <- context[rep(seq_len(n[[2]]), each = n[[1]]), , drop = FALSE]
  blocks <- predictive_blocks(fit, parameters, context, seed, cores, call)
  lapply(seq_len(n[[2]]), function(i) {
    own <- subset_blocks(blocks, seq_len(n[[1]]) + (i - 1) * n[[1]])
    flat <- Map(function(rows, one) {
      flat_data(rows, one$observed, one$names, call)
    }, own, fit$spec$observables)
    names <- vapply(fit$spec$observables, `[[`, "", "name")
    if (any(nzchar(names))) rlang::set_names(flat, names) else flat[[1]]
  })
}

# One data set per row of parameters and context, as blocks.
predictive_blocks <- function(fit, parameters, context, seed, cores, call) {
  UseMethod("predictive_blocks")
}

#' @exportS3Method
predictive_blocks.amortflow_posterior_fit <- function(fit, parameters, context,
                                                      seed, cores, call) {
  range <- list(
    first_index = 0, count = nrow(parameters), seed = checking_seed(seed),
    cores = cores, stop_on_failure = TRUE
  )
  run <- run_simulator(
    model_for(fit$model, fit$adapter), parameters, context, range,
    variables = spec_variables(fit$spec), call = call
  )
  if (length(run$failures$index) > 0) {
    abort_prediction(run$failures, parameters, call)
  }
  run$data
}

abort_prediction <- function(failures, parameters, call) {
  index <- failures$index[[1]]
  amortflow_abort(
    sprintf(
      "The simulator failed at a draw from the posterior: %s.",
      sub("[.]$", "", failures$message[[1]])
    ),
    "simulator",
    hint = paste(
      "The draw's parameters:", shown_parameters(parameters[index, ])
    ),
    index = index, parameters = parameters[index, ],
    parent = failures$error, call = call
  )
}

# Rows of equally long data sets as a matrix, one row per data set, variable
# by variable.
flat_data <- function(rows, observed, names, call = rlang::caller_env()) {
  if (observed == "vector") {
    return(rows$values)
  }
  if (observed == "array") {
    columns <- list(NULL, array_names("x", rows$shape))
    return(matrix(block_array(rows), length(rows$lengths), dimnames = columns))
  }
  n <- unique(rows$lengths)
  if (length(n) != 1) {
    amortflow_abort(
      "Predictions need data sets of one length, but the simulator gave several.",
      "unsupported",
      call = call
    )
  }
  count <- length(rows$lengths)
  v <- ncol(rows$values)
  box <- array(rows$values, c(n, count, v))
  names <- names %||% colnames(rows$values) %||%
    (if (v == 1) "x" else sprintf("x%d", seq_len(v)))
  matrix(
    aperm(box, c(2, 1, 3)), count, n * v,
    dimnames = list(
      NULL, sprintf("%s[%d]", rep(names, each = n), rep(seq_len(n), v))
    )
  )
}

#' Central intervals of posterior and predictive distributions
#'
#' @inheritParams posterior_predict.amortflow_posterior_fit
#' @param prob Number in (0, 1): the probability inside the interval.
#' @param ndraws Whole number of draws that the quantiles are taken of.
#' @return For one data set a matrix with one row per variable
#'   (`posterior_interval()`) or observation (`predictive_interval()`) and two
#'   columns named by their percentages. For many data sets an unnamed list of
#'   such matrices.
#' @inheritSection sample_posterior Errors
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' posterior_interval(fit, c(0, 0), prob = 0.8, seed = 1)
#' }
#' @export
posterior_interval.amortflow_posterior_fit <- function(
    object, newdata, context = NULL, prob = 0.9, ndraws = 1000, by = NULL,
    seed = NULL, cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  sets <- read_newdata(object, newdata, by, context)
  prob <- assert_level(prob)
  draws <- draw_sets(
    object, sets, assert_count(ndraws), as_seed(seed), assert_count(cores)
  )
  intervals <- lapply(seq_len(sets$n), function(i) {
    one <- matrix(
      draws[, i, ], dim(draws)[[1]],
      dimnames = list(NULL, object$spec$variables)
    )
    column_intervals(one, prob)
  })
  if (sets$many) intervals else intervals[[1]]
}

#' @rdname posterior_interval.amortflow_posterior_fit
#' @export
predictive_interval.amortflow_posterior_fit <- function(
    object, newdata, context = NULL, prob = 0.9, ndraws = 1000, by = NULL,
    seed = NULL, cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  sets <- read_newdata(object, newdata, by, context)
  prob <- assert_level(prob)
  replicated <- predict_sets(object, sets, ndraws, seed, cores)
  every_interval(replicated, prob)
}

# Of one matrix, or of all in lists over data sets and observables.
every_interval <- function(replicated, prob) {
  if (is.list(replicated)) {
    return(lapply(replicated, every_interval, prob = prob))
  }
  column_intervals(replicated, prob)
}

assert_level <- function(x, arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  ok <- is.numeric(x) && length(x) == 1 && !is.na(x) && x > 0 && x < 1
  if (!ok) {
    abort_argument(x, arg, "one number between 0 and 1", call)
  }
  as.double(x)
}

tails_of <- function(prob) c((1 - prob) / 2, (1 + prob) / 2)

# The labels of stats::quantile().
percent_labels <- function(probs) {
  paste0(formatC(100 * probs, format = "fg", width = 1, digits = 7), "%")
}

column_intervals <- function(draws, prob) {
  tails <- tails_of(prob)
  intervals <- t(apply(draws, 2, stats::quantile, probs = tails, names = FALSE))
  dimnames(intervals) <- list(colnames(draws), percent_labels(tails))
  intervals
}

#' The prior that a fit was trained with
#'
#' @param object A fit made by [fit_posterior()] that holds its model.
#' @param ... Empty.
#' @return The prior of the model, as `priors()` made it.
#' @section Errors:
#' `amortflow_error_unsupported` if the fit holds no model.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' prior_summary(fit)
#' }
#' @export
prior_summary.amortflow_fit <- function(object, ...) {
  assert_no_dots(...)
  if (is.null(object$model)) {
    amortflow_abort(
      "This fit holds no model, so its prior is known by simulations only.",
      "unsupported",
      hint = "load_fit(path, model = ) gives a loaded fit its own back."
    )
  }
  object$model$prior
}
