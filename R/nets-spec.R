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

#' Replace "auto" and refuse what the data rule out
#'
#' @param summary A summary network's specification.
#' @param parameter_count Number of parameters.
#' @param n_obs Range of the data sets' lengths in training.
#' @noRd
resolve_summary <- function(summary, parameter_count, n_obs,
                            call = rlang::caller_env()) {
  if (identical(summary$summary_dim, "auto")) {
    summary$summary_dim <- min(max(2 * parameter_count + 2, 8), 64)
  }
  if (summary$kind == "dense" && n_obs[[1]] != n_obs[[2]]) {
    amortflow_abort(
      sprintf(
        "summary_dense() needs data sets of one length, not of %d to %d rows.",
        as.integer(n_obs[[1]]), as.integer(n_obs[[2]])
      ),
      "config",
      hint = "Use summary_time_series() or summary_deep_set().",
      call = call
    )
  }
  if (summary$kind == "identity" && any(n_obs != 1)) {
    amortflow_abort(
      sprintf(
        "summary_identity() needs data sets of one row, not of %s.",
        paste(unique(as.integer(n_obs)), collapse = " to ")
      ),
      "config",
      hint = paste(
        "Use summary_dense() for data sets of one length, summary_deep_set()",
        "for exchangeable rows or summary_time_series() for series."
      ),
      call = call
    )
  }
  summary
}

#' The core's form of a resolved summary network
#' @noRd
summary_spec <- function(summary, n_obs) {
  spec <- unclass(summary)
  if (summary$kind == "deep_set") {
    spec$log_size_center <- mean(log(n_obs))
  }
  if (summary$kind == "dense") {
    spec$positions <- n_obs[[1]]
  }
  spec
}
