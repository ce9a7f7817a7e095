# Simulations that did not give what they should: their indices (from 1), what
# happened, its kind ("error", "shape" or "nonfinite"), and the first condition
# of R, if there was one.

no_failures <- function() {
  list(
    index = numeric(), message = character(), kind = character(), error = NULL
  )
}

add_failures <- function(failures, index, message, kind, error = NULL) {
  list(
    index = c(failures$index, index),
    message = c(failures$message, rep_len(message, length(index))),
    kind = c(failures$kind, rep_len(kind, length(index))),
    error = if (is.null(failures$error)) error else failures$error
  )
}

# The first cause of each simulation, in the order of the simulations.
merge_failures <- function(a, b) {
  new <- !b$index %in% a$index
  index <- c(a$index, b$index[new])
  order <- order(index)
  list(
    index = index[order],
    message = c(a$message, b$message[new])[order],
    kind = c(a$kind, b$kind[new])[order],
    error = if (is.null(a$error)) b$error else a$error
  )
}

failure_frame <- function(failures) {
  data.frame(
    index = as.double(failures$index),
    message = as.character(failures$message),
    kind = as.character(failures$kind)
  )
}

#' Raise the first failure that `on_error` does not forgive
#'
#' @param on_error "stop": all are raised; "drop_nonfinite": errors and wrong
#'   shapes; "drop": none.
#' @noRd
raise_failures <- function(failures, parameters, first_index, on_error, call) {
  raised <- switch(on_error,
    stop = rep(TRUE, length(failures$index)),
    drop_nonfinite = failures$kind != "nonfinite",
    drop = rep(FALSE, length(failures$index))
  )
  if (any(raised)) {
    abort_simulation(failures, which(raised)[[1]], parameters, first_index, call)
  }
}

abort_simulation <- function(failures, which, parameters, first_index, call) {
  index <- failures$index[[which]]
  at <- parameters[index - first_index, ]
  amortflow_abort(
    sprintf(
      "Simulation %s failed: %s.", format(index, scientific = FALSE),
      sub("[.]$", "", failures$message[[which]])
    ),
    "simulator",
    hint = paste(c(
      if (!anyNA(at)) paste("Its parameters:", shown_parameters(at)),
      "`simulate(on_error = \"drop\")` leaves failed simulations out."
    ), collapse = " "),
    index = index, parameters = at, n_failed = length(failures$index),
    parent = if (failures$kind[[which]] == "error") failures$error, call = call
  )
}

shown_parameters <- function(parameters, most = 10) {
  shown <- utils::head(parameters, most)
  text <- paste(
    names(shown), format(shown, digits = 6, trim = TRUE),
    sep = " = ", collapse = ", "
  )
  paste0(text, if (length(parameters) > most) ", ...", ".")
}

warn_dropped <- function(failures, nsim, call) {
  n <- length(failures$index)
  amortflow_warn(
    sprintf("Dropped %d of %s simulations.", n, format(nsim, scientific = FALSE)),
    "dropped",
    hint = sprintf(
      "The first was simulation %s: %s.",
      format(failures$index[[1]], scientific = FALSE),
      sub("[.]$", "", failures$message[[1]])
    ),
    failures = failures, call = call
  )
}
