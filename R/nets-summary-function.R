# Statistics made by hand: a function of R in place of a summary network.

#' Hand-made summary statistics
#'
#' For `summary =` of [fit_posterior()]: `f` turns each data set into statistics,
#' in R; they are standardised and go to the inference network as they are. To
#' learn from statistics and raw data together, let the simulator give both.
#'
#' Steps of an [adapter()] for `"data"` act on the statistics. Since `f` runs on
#' R's own thread, C++ simulators are drawn through R, one batch ahead of
#' training. `f` is not in files of [save_fit()]: `load_fit(adapter = )` gives it
#' back.
#'
#' @param f Function of one data set that returns a numeric vector, always of the
#'   same length; its names, if any, name the statistics. The data set comes as a
#'   vector for `observed = "vector"` and where there is one variable, else as a
#'   matrix (position, variable).
#' @return An `amortflow_summary_function`.
#' @section Errors:
#' `amortflow_error_argument` if `f` is no function; `amortflow_error_adapter`
#' from fits if it fails, or gives something else than so many numbers. A data
#' set whose statistics are not finite is left out of training, and refused as
#' `newdata`.
#' @seealso [learned_summaries()]
#' @examples
#' summary_function(\(x) c(mean = mean(x), log_sd = log(sd(x))))
#' @export
summary_function <- function(f) {
  structure(
    list(f = assert_function(f)),
    class = "amortflow_summary_function"
  )
}

#' @export
format.amortflow_summary_function <- function(x, ...) {
  c("<amortflow_summary_function>", deparse(x$f))
}

#' @export
print.amortflow_summary_function <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

# What a fit keeps of it: the function, and the names of what it gives.
new_statistics <- function(summary, rows, observed, call) {
  if (!inherits(summary, "amortflow_summary_function")) {
    return(NULL)
  }
  statistics <- list(observed = observed, f = summary$f)
  first <- run_statistics(statistics, rows, 1, call)
  list(
    observed = observed, names = default_names(names(first), "s", length(first)),
    f = summary$f
  )
}

#' Data sets -> one row of statistics each
#' @noRd
apply_statistics <- function(statistics, rows, call = rlang::caller_env()) {
  if (is.null(statistics)) {
    return(rows)
  }
  if (is.null(statistics$f)) {
    abort_adapter(
      "This fit must have its summary_function(), which is not in its file.",
      call,
      hint = "load_fit(path, adapter = summary_function(f)) gives it back."
    )
  }
  count <- length(statistics$names)
  values <- vapply(seq_along(rows$lengths), function(i) {
    found <- run_statistics(statistics, rows, i, call)
    if (length(found) != count) {
      abort_adapter(
        sprintf(
          "summary_function() must give %d numbers for each data set, but gave %d for data set %d.",
          count, length(found), i
        ),
        call
      )
    }
    as.double(found)
  }, numeric(count))
  list(
    values = matrix(
      values, length(rows$lengths), count,
      byrow = TRUE, dimnames = list(NULL, statistics$names)
    ),
    lengths = rep(1L, length(rows$lengths))
  )
}

run_statistics <- function(statistics, rows, i, call) {
  last <- sum(rows$lengths[seq_len(i)])
  positions <- seq_len(rows$lengths[[i]]) + last - rows$lengths[[i]]
  values <- rows$values[positions, , drop = FALSE]
  if (statistics$observed == "vector") {
    values <- values[1, ]
  } else if (ncol(values) == 1) {
    values <- values[, 1]
  }
  result <- tryCatch(
    statistics$f(values),
    error = function(condition) {
      abort_adapter(
        sprintf(
          "summary_function() must not fail, but did for data set %d: %s.", i,
          sub("[.]$", "", conditionMessage(condition))
        ),
        call,
        parent = condition
      )
    }
  )
  if (!is.numeric(result) || length(result) == 0) {
    abort_adapter(
      sprintf("summary_function() must give numbers, not %s.", describe_value(result)),
      call
    )
  }
  result
}
