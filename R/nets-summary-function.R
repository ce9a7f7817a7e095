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
#' @section Shape:
#' A data set of any form becomes as many numbers as `f` gives.
#'
#' @section Formula:
#' summary = f(x), standardised.
#'
#' @section Use when:
#' statistics are known that tell what the data say about the parameters, as
#' sufficient statistics do, or simulations are too few to learn them.
#'
#' @param f Function of one data set that returns a numeric vector, always of the
#'   same length; its names, if any, name the statistics. The data set comes as a
#'   vector for `observed = "vector"` and where there is one variable, as an array
#'   for `observed = "array"`, else as a
#'   matrix (position, variable); several observables come as a named list.
#' @return An `amortflow_summary_function`.
#' @section Errors:
#' `amortflow_error_argument` if `f` is no function; `amortflow_error_adapter`
#' from fits if it fails, or gives something else than so many numbers. A data
#' set whose statistics are not finite is left out of training, and refused as
#' `newdata`.
#' @references
#' Prangle (2018). Summary statistics. In: Sisson, Fan and Beaumont (eds.),
#' *Handbook of approximate Bayesian computation*. Chapman and Hall/CRC.
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
new_statistics <- function(summary, data, observed, call) {
  if (!inherits(summary, "amortflow_summary_function")) {
    return(NULL)
  }
  statistics <- list(observed = unname(observed), labels = names(observed), f = summary$f)
  ends <- lapply(data, \(rows) cumsum(rows$lengths))
  first <- run_statistics(statistics, data, ends, 1, call)
  c(
    Filter(Negate(is.null), statistics[c("observed", "labels")]),
    list(names = default_names(names(first), "s", length(first)), f = summary$f)
  )
}

#' Data sets -> one observable, with one row of statistics each
#'
#' @param data List of rows, one per observable.
#' @noRd
apply_statistics <- function(statistics, data, call = rlang::caller_env()) {
  if (is.null(statistics)) {
    return(data)
  }
  if (is.null(statistics$f)) {
    abort_adapter(
      "This fit must have its summary_function(), which is not in its file.",
      call,
      hint = "load_fit(path, adapter = summary_function(f)) gives it back."
    )
  }
  count <- length(statistics$names)
  n <- length(data[[1]]$lengths)
  ends <- lapply(data, \(rows) cumsum(rows$lengths))
  values <- vapply(seq_len(n), function(i) {
    found <- run_statistics(statistics, data, ends, i, call)
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
  values <- matrix(values, n, count, byrow = TRUE, dimnames = list(NULL, statistics$names))
  list(list(values = values, lengths = rep(1L, n)))
}

run_statistics <- function(statistics, data, ends, i, call) {
  sets <- Map(\(rows, ends, observed) one_set(rows, ends, i, observed),
    data, ends, unname(statistics$observed)
  )
  names(sets) <- statistics$labels
  result <- tryCatch(
    statistics$f(if (is.null(statistics$labels)) sets[[1]] else sets),
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

one_set <- function(rows, ends, i, observed) {
  positions <- seq_len(rows$lengths[[i]]) + ends[[i]] - rows$lengths[[i]]
  values <- rows$values[positions, , drop = FALSE]
  if (observed == "array") {
    return(one_array(list(values = values, lengths = rows$lengths[[i]], shape = rows$shape)))
  }
  if (observed == "vector") {
    values[1, ]
  } else if (ncol(values) == 1) {
    values[, 1]
  } else {
    values
  }
}
