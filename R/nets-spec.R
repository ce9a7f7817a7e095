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
#' @noRd
resolve_summary <- function(summary, parameter_count, n_obs) {
  if (identical(summary$summary_dim, "auto")) {
    summary$summary_dim <- min(max(2 * parameter_count + 2, 8), 64)
  }
  if (summary$kind == "deep_set") {
    summary$log_size_center <- mean(log(n_obs))
  }
  summary
}
