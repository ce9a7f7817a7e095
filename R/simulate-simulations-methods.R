# What R does with simulations: take some, print them, turn them into data frames.

#' @export
length.amortflow_simulations <- function(x) {
  nrow(x$parameters)
}

#' @export
`[.amortflow_simulations` <- function(x, i) {
  i <- simulation_positions(i, length(x))
  parts <- unclass(x)
  parts$parameters <- parts$parameters[i, , drop = FALSE]
  parts$data <- subset_data(parts$data, i, attr(x, "observed"))
  parts["local"] <- list(
    if (!is.null(parts$local)) lapply(parts$local, subset_observable, i = i)
  )
  if (!is.null(parts$context)) {
    parts$context <- parts$context[i, , drop = FALSE]
  }
  structure(parts, class = class(x))
}

simulation_positions <- function(i, n, call = rlang::caller_env()) {
  if (missing(i)) {
    return(seq_len(n))
  }
  check_position_type(i, n, call)
  i <- seq_len(n)[i]
  if (anyNA(i)) {
    amortflow_abort(
      sprintf("There are %d simulations, which `[` must not exceed.", n),
      "argument",
      call = call
    )
  }
  i
}

check_position_type <- function(i, n, call) {
  plain <- is.numeric(i) && !is.object(i)
  problem <- if (is.logical(i)) {
    if (length(i) != n || anyNA(i)) describe_value(i)
  } else if (!plain) {
    describe_value(i)
  } else if (anyNA(i)) {
    "NA"
  } else if (any(i != trunc(i))) {
    format(i[i != trunc(i)][[1]])
  } else if (any(i < 0) && any(i > 0)) {
    "numbers of both signs"
  }
  if (!is.null(problem)) {
    amortflow_abort(
      sprintf(
        "`[` must be given whole numbers, or TRUE or FALSE for each of the %d simulations, not %s.",
        n, problem
      ),
      "argument",
      value = i, call = call
    )
  }
}

#' @export
format.amortflow_simulations <- function(x, ...) {
  # Without a data set, nothing is known of its size.
  what <- if (length(x) > 0) shown_data(x$data, attr(x, "observed")) else "none"
  failed <- nrow(attr(x, "failures"))
  c(
    sprintf("<%d simulation%s>", length(x), if (length(x) == 1) "" else "s"),
    sprintf("  parameters: %s", shown_list(colnames(x$parameters))),
    if (!is.null(x$local)) sprintf("  local:      of each %s", names(x$local)),
    if (!is.null(x$context)) {
      sprintf("  context:    %s", shown_list(colnames(x$context)))
    },
    sprintf("  data:       %s", paste(what, collapse = "; ")),
    if (failed > 0) sprintf("  failed:     %d", failed)
  )
}

shown_data <- function(data, observed) {
  blocks <- data_blocks(data, observed)
  vapply(seq_along(observed), function(k) {
    described <- shown_rows(blocks[[k]], observed[[k]])
    paste0(if (is_named_data(observed)) paste0(names(observed)[[k]], ": "), described)
  }, "")
}

shown_rows <- function(rows, observed) {
  if (observed == "vector") {
    return(sprintf("vector of length %d", ncol(rows$values)))
  }
  range <- unique(range(rows$lengths))
  if (observed == "array") {
    return(paste("array of", shown_shape(rows$shape)))
  }
  sprintf(
    "%s, %s position%s x %d variable%s", observed,
    paste(range, collapse = " to "), if (identical(range, 1L)) "" else "s",
    ncol(rows$values), if (ncol(rows$values) == 1) "" else "s"
  )
}

shown_list <- function(names, most = 8) {
  more <- if (length(names) > most) sprintf(", ... (%d)", length(names))
  paste0(paste(utils::head(names, most), collapse = ", "), more)
}

#' @export
print.amortflow_simulations <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
as.data.frame.amortflow_simulations <- function(x, row.names = NULL,
                                                optional = FALSE, ...) {
  observed <- attr(x, "observed")
  frame <- as.data.frame(x$parameters, optional = TRUE)
  if (!is.null(x$context)) {
    frame <- cbind(frame, as.data.frame(x$context, optional = TRUE))
  }
  if (!is_named_data(observed)) {
    return(bind_observable(frame, x$data, observed, "x", "data"))
  }
  for (name in names(observed)) {
    frame <- bind_observable(frame, x$data[[name]], observed[[name]], name, name)
  }
  frame
}

# One observable as columns: numbers where data sets have one length, else one
# column of matrices.
bind_observable <- function(frame, data, observed, stem, list_name) {
  if (is.list(data) && !is.data.frame(data)) {
    frame[[list_name]] <- data
    return(frame)
  }
  cbind(frame, as.data.frame(flat_columns(data, observed, stem), optional = TRUE))
}

flat_columns <- function(data, observed, stem) {
  if (observed == "vector") {
    if (is.null(colnames(data))) {
      colnames(data) <- sprintf("%s[%d]", stem, seq_len(ncol(data)))
    }
    return(data)
  }
  size <- dim(data)
  if (observed == "array") {
    columns <- list(NULL, array_names(stem, size[-1]))
    return(matrix(data, size[[1]], dimnames = columns))
  }
  names <- dimnames(data)[[3]]
  position <- rep(seq_len(size[[2]]), size[[3]])
  variable <- rep(seq_len(size[[3]]), each = size[[2]])
  values <- matrix(data, size[[1]])
  colnames(values) <- if (size[[3]] == 1) {
    sprintf("%s[%d]", if (is.null(names)) stem else names, position)
  } else if (is.null(names)) {
    sprintf("%s[%d,%d]", stem, position, variable)
  } else {
    sprintf("%s[%d]", names[variable], position)
  }
  values
}

#' @export
summary.amortflow_simulations <- function(object, ...) {
  assert_no_dots(...)
  values <- object$parameters
  measure <- function(f) {
    unname(apply(values, 2, function(x) {
      x <- x[is.finite(x)]
      if (length(x) == 0) NA_real_ else as.double(f(x))
    }))
  }
  data.frame(
    variable = colnames(values),
    mean = measure(mean), median = measure(stats::median),
    sd = measure(stats::sd), mad = measure(stats::mad),
    q5 = measure(\(x) stats::quantile(x, 0.05, names = FALSE)),
    q95 = measure(\(x) stats::quantile(x, 0.95, names = FALSE))
  )
}
