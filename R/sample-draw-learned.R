# Data sets drawn by a learned likelihood.

#' @param points Matrix of parameters, one row per data set.
#' @param context Matrix, likewise.
#' @param lengths Observations of each data set.
#' @param covariates Matrix with a row per observation, the same for all data sets.
#' @return Matrix with the data's variables, one row per observation.
#' @noRd
draw_observations <- function(learned, points, context, lengths, covariates, seed, cores, call) {
  row <- rep(seq_along(lengths), lengths)
  given <- covariates_at(covariates, sequence(lengths))
  sets <- condition_sets(
    cbind(points[row, , drop = FALSE], given), context[row, , drop = FALSE]
  )
  drawn <- draw_rows(learned, sets, seed, cores, call)
  in_data_order(learned$spec$likelihood, drawn, given)
}

# Row by row: all series that go on, side by side.
draw_series <- function(learned, points, context, lengths, covariates, seed, cores, call) {
  roles <- learned$spec$likelihood
  names <- c(roles$variables, roles$covariates)
  out <- matrix(NA_real_, sum(lengths), length(names), dimnames = list(NULL, names))
  first <- cumsum(lengths) - lengths
  last <- matrix(0, length(lengths), length(names))
  past <- NULL
  for (t in seq_len(max(lengths))) {
    past <- next_past(past, last, roles$memory)
    given <- covariates_at(covariates, rep(t, length(lengths)))
    sets <- condition_sets(cbind(points, past_matrix(past), given), context)
    last <- cbind(draw_rows(learned, sets, derived_seed(seed, t), cores, call), given)
    goes_on <- which(lengths >= t)
    out[first[goes_on] + t, ] <- last[goes_on, ]
  }
  in_data_order(roles, out[, roles$variables, drop = FALSE], out[, roles$covariates, drop = FALSE])
}

# One row for each set of conditions.
draw_rows <- function(learned, sets, seed, cores, call) {
  roles <- learned$spec$likelihood
  drawn <- posterior_draws_array(learned, sets, 1, seed, cores, call)
  decode_rows(matrix(drawn, sets$n, dimnames = list(NULL, roles$variables)), roles)
}

in_data_order <- function(roles, drawn, covariates) {
  all <- named_rows(cbind(drawn, covariates), c(roles$variables, roles$covariates))
  values <- all[, all_variables(roles), drop = FALSE]
  dimnames(values) <- list(NULL, roles$observables[[1]]$names)
  values
}

# A matrix with the covariates' columns; without rows where there are none.
covariate_rows <- function(roles, covariates, call) {
  names <- roles$covariates
  if (length(names) == 0) {
    if (!is.null(covariates)) {
      abort_argument(covariates, "covariates", "NULL: the likelihood was learned without", call)
    }
    return(matrix(numeric(), 0, 0))
  }
  x <- if (is.data.frame(covariates)) as.matrix(covariates) else covariates
  if (is.numeric(x) && is.null(dim(x)) && length(names) == 1) x <- matrix(x, dimnames = list(NULL, names))
  good <- is.matrix(x) && is.numeric(x) && nrow(x) > 0 && all(is.finite(x)) &&
    (all(names %in% colnames(x)) || is.null(colnames(x)) && ncol(x) == length(names))
  if (!good) {
    must <- sprintf("a matrix of numbers with the columns %s and a row for each observation", shown_names(names))
    abort_argument(covariates, "covariates", must, call)
  }
  if (is.null(colnames(x))) named_rows(x, names) else x[, names, drop = FALSE]
}

covariates_at <- function(covariates, rows) {
  if (ncol(covariates) == 0) matrix(numeric(), length(rows), 0) else covariates[rows, , drop = FALSE]
}

covariate_count <- function(roles, covariates) {
  if (length(roles$covariates) > 0 && roles$observed != "vector") nrow(covariates)
}

check_covariate_count <- function(roles, covariates, lengths, call) {
  if (length(roles$covariates) > 0 && any(lengths != nrow(covariates))) {
    must <- sprintf("as many rows as there are observations (%s)", paste(unique(lengths), collapse = ", "))
    abort_argument(covariates, "covariates", must, call)
  }
}
