#' @export
format.amortflow_network <- function(x, ...) {
  fields <- unclass(x)[-1]
  shown <- vapply(names(fields), function(name) {
    value <- fields[[name]]
    paste(name, "=", if (is.character(value)) dQuote(value, FALSE) else format(value))
  }, character(1))
  sprintf("%s(%s)", network_constructor(x), paste(shown, collapse = ", "))
}

#' @export
print.amortflow_network <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

network_constructor <- function(x) {
  stage <- sub("^amortflow_", "", class(x)[[1]])
  paste0(stage, "_", x$kind)
}

#' Replace "auto" and add what the data decide
#'
#' @param summary A summary network's specification.
#' @param parameter_count Number of parameters.
#' @param n_obs Range of the data sets' lengths in training.
#' @param data_width Number of variables of a data set's row.
#' @noRd
resolve_summary <- function(summary, parameter_count, n_obs, data_width,
                            call = rlang::caller_env()) {
  if (identical(summary$summary_dim, "auto")) {
    summary$summary_dim <- min(max(2 * parameter_count + 2, 8), 64)
  }
  if (identical(summary$direct, "auto")) {
    summary$direct <- n_obs[[1]] == n_obs[[2]] &&
      n_obs[[1]] * data_width <= largest_direct_series
  }
  if (isTRUE(summary$direct) && n_obs[[1]] != n_obs[[2]]) {
    amortflow_abort(
      sprintf(
        "`direct = TRUE` needs series of one length, not of %d to %d positions.",
        as.integer(n_obs[[1]]), as.integer(n_obs[[2]])
      ),
      "config",
      call = call
    )
  }
  summary
}

# Numbers in a series that may go to the inference network as they are.
largest_direct_series <- 64

#' The core's form of a resolved summary network
#' @noRd
summary_spec <- function(summary, n_obs) {
  spec <- unclass(summary)
  if (summary$kind == "deep_set") {
    spec$log_size_center <- mean(log(n_obs))
  }
  if (summary$kind == "time_series") {
    spec$direct_length <- if (summary$direct) n_obs[[1]] else 0
    spec$direct <- NULL
  }
  spec
}
