#' @export
format.amortflow_network <- function(x, ...) {
  fields <- unclass(x)[-1]
  # Those of a fusion are arguments of their own.
  if (x$kind == "fusion") fields <- c(fields$networks, fields["head"[!is.null(fields$head)]])
  shown <- named_parts(fields)
  sprintf("%s(%s)", network_constructor(x), paste(shown, collapse = ", "))
}

format_field <- function(value) {
  if (inherits(value, "amortflow_network")) {
    return(format(value))
  }
  if (!is.null(names(value)) && "kind" %in% names(value)) {
    return(format(structure(value, class = "amortflow_base")))
  }
  if (is.list(value)) {
    return(sprintf("list(%s)", paste(named_parts(value), collapse = ", ")))
  }
  shown <- if (is.character(value)) dQuote(value, FALSE) else format(value, trim = TRUE)
  if (length(shown) == 1) shown else sprintf("c(%s)", paste(shown, collapse = ", "))
}

named_parts <- function(fields) {
  shown <- vapply(fields, format_field, "")
  if (length(shown) == 0 || is.null(names(fields))) unname(shown) else paste(names(fields), "=", shown)
}

#' @export
print.amortflow_network <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

network_constructor <- function(x) {
  stage <- sub("^amortflow_", "", class(x)[[1]])
  paste0(stage, "_", if (x$kind == "dense") "mlp" else x$kind)
}

# Numbers that a resolved network gives; NULL for those of summary_identity().
summary_size <- function(network) {
  if (network$kind == "hierarchical") {
    return(summary_size(network$levels[[length(network$levels)]]))
  }
  network$summary_dim
}

#' Replace "auto" and refuse what the data rule out
#'
#' @param summary A summary network's specification.
#' @param parameter_count Number of parameters.
#' @param observable What the network reads, see observables_spec().
#' @noRd
resolve_summary <- function(summary, parameter_count, observable,
                            call = rlang::caller_env()) {
  n_obs <- observable$n_obs
  if (summary$kind == "hierarchical") {
    return(resolve_hierarchical(summary, parameter_count, observable, call))
  }
  if (identical(summary$summary_dim, "auto")) {
    summary$summary_dim <- min(max(2 * parameter_count + 2, 8), 64)
  }
  refuse_observed(summary, observable, call)
  if (summary$kind == "dense" && n_obs[[1]] != n_obs[[2]]) {
    amortflow_abort(
      sprintf(
        "summary_mlp() needs data sets of one length, not of %d to %d rows.",
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
        "Use summary_mlp() for data sets of one length, summary_deep_set()",
        "for exchangeable rows or summary_time_series() for series."
      ),
      call = call
    )
  }
  summary
}

# Networks that would not see what the data say.
refuse_observed <- function(summary, observable, call) {
  grid <- length(array_grid(observable$shape))
  unfit <- if (grid == 2) {
    !summary$kind %in% c("dense", "convolution", "identity")
  } else {
    summary$kind == "convolution" && identical(observable$observed, "exchangeable")
  }
  if (unfit) {
    amortflow_abort(
      sprintf(
        "%s() must not read %s.", network_constructor(summary),
        if (grid == 2) "arrays of two dimensions" else "exchangeable rows, which have no neighbours"
      ),
      "config",
      hint = if (grid == 2) {
        "Use summary_convolution(), or summary_mlp() for small arrays."
      } else {
        "Use summary_deep_set()."
      },
      call = call
    )
  }
}

#' The core's form of a resolved summary network
#' @noRd
summary_spec <- function(summary, observable) {
  if (summary$kind == "hierarchical") {
    return(hierarchical_spec(summary, observable))
  }
  n_obs <- observable$n_obs
  spec <- unclass(summary)
  if (summary$kind %in% c("deep_set", "set_transformer", "transformer")) {
    spec$log_size_center <- mean(log(n_obs))
  }
  if (summary$kind == "dense") {
    spec$positions <- n_obs[[1]]
  }
  if (summary$kind == "convolution") {
    spec <- c(spec, convolution_spec(observable))
  }
  spec
}
