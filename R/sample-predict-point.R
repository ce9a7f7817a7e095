#' Point estimates given data
#'
#' @param object A fit made by [fit_point()].
#' @param newdata One or many data sets, see Data sets in [sample_posterior()].
#' @inheritParams sample_posterior
#' @param prob Number in (0, 1): the probability inside the interval, such that
#'   both of its ends are among the `probs` of [fit_point()].
#' @param ... Empty.
#' @return `predict()`: a data frame with a row for each data set and parameter, all
#'   parameters of the first data set first: `data_set` (number, or label where
#'   `by` gives one), `variable`, and a column for each target: `mean`, `median`, and
#'   quantiles as `q5`, `q95`.
#'
#'   `posterior_interval()`: for one data set a matrix with one row per parameter
#'   and two columns named by their percentages. For many data sets an unnamed list
#'   of such matrices.
#' @section Errors:
#' `amortflow_error_unsupported` if the fit has not learned the ends of the
#' interval; `amortflow_error_newdata` and `amortflow_error_context` as for
#' [sample_posterior()].
#' @examples
#' coin <- generative_model(
#'   prior_function(function() c(p = rbeta(1, 1, 1)), lb = 0, ub = 1),
#'   simulator(function(theta) rbinom(1, 50, theta$p))
#' )
#' fit <- fit_point(
#'   coin,
#'   probs = c(0.05, 0.95),
#'   epochs = 2, batches_per_epoch = 20, validation = 100, seed = 1, silent = TRUE
#' )
#' predict(fit, rbind(5, 25, 45))
#' posterior_interval(fit, 25, prob = 0.9)
#' @importFrom stats predict
#' @export
predict.amortflow_point_fit <- function(object, newdata, context = NULL, by = NULL,
                                        cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  sets <- read_newdata(object, newdata, by, context)
  predicted <- predict_points(object, sets, assert_count(cores))
  point <- object$spec$point
  quantiles <- predicted$quantiles[match(point$probs, point_levels(point))]
  columns <- c(
    list(mean = predicted$mean),
    if ("median" %in% point$targets) list(median = predicted$quantiles[[match(0.5, point_levels(point))]]),
    rlang::set_names(quantiles, quantile_names(point$probs))
  )
  variables <- object$spec$variables
  data.frame(
    data_set = rep(sets$ids %||% seq_len(sets$n), each = length(variables)),
    variable = rep(variables, times = sets$n),
    lapply(columns[lengths(columns) > 0], \(values) as.vector(t(values))),
    check.names = FALSE
  )
}

#' @return List of `mean`, a matrix (data set, parameter) or `NULL`, and
#'   `quantiles`, a list of such, one for each of point_levels().
#' @noRd
predict_points <- function(fit, sets, cores, call = rlang::caller_env()) {
  predicted <- network_predictions(fit, sets, cores, call)
  point <- fit$spec$point
  count <- length(fit$spec$variables)
  has_mean <- "mean" %in% point$targets
  levels <- point_levels(point)
  first <- if (has_mean) count else 0
  list(
    mean = if (has_mean) {
      clamp_columns(
        restore_points(fit$adapter, predicted[, seq_len(count), drop = FALSE], mean = TRUE), fit$spec$support
      )
    },
    # A parameter's quantiles stand side by side.
    quantiles = lapply(seq_along(levels), function(k) {
      columns <- first + k + (seq_len(count) - 1) * length(levels)
      clamp_columns(
        restore_points(fit$adapter, predicted[, columns, drop = FALSE], mean = FALSE), fit$spec$support
      )
    })
  )
}

# Means may have been put beyond a bound, and elements that are known have one value.
clamp_columns <- function(values, support) {
  lower <- rep(support$lower, each = nrow(values))
  upper <- rep(support$upper, each = nrow(values))
  values[] <- pmin(pmax(values, lower), upper)
  values
}

#' @rdname predict.amortflow_point_fit
#' @export
posterior_interval.amortflow_point_fit <- function(
    object, newdata, context = NULL, prob = 0.9, by = NULL,
    cores = getOption("mc.cores", 1L), ...) {
  assert_no_dots(...)
  sets <- read_newdata(object, newdata, by, context)
  prob <- assert_level(prob)
  ends <- interval_ends(object, prob)
  predicted <- predict_points(object, sets, assert_count(cores))
  intervals <- lapply(seq_len(sets$n), function(i) {
    matrix(
      c(predicted$quantiles[[ends[[1]]]][i, ], predicted$quantiles[[ends[[2]]]][i, ]),
      ncol = 2,
      dimnames = list(object$spec$variables, percent_labels(tails_of(prob)))
    )
  })
  if (sets$many) intervals else intervals[[1]]
}

interval_ends <- function(fit, prob, call = rlang::caller_env()) {
  levels <- point_levels(fit$spec$point)
  ends <- vapply(tails_of(prob), \(tail) match(TRUE, abs(levels - tail) < 1e-8), 1L)
  if (anyNA(ends)) {
    amortflow_abort(
      sprintf(
        "An interval of %s needs quantiles at %s, but this fit has learned those at %s.",
        format(prob), paste(format(tails_of(prob)), collapse = " and "),
        if (length(levels) > 0) paste(levels, collapse = ", ") else "no level"
      ),
      "unsupported",
      hint = sprintf("fit_point(probs = c(%s)) learns them.", paste(format(tails_of(prob)), collapse = ", ")),
      call = call
    )
  }
  ends
}
