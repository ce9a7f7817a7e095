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
#'   shapes; "drop", "keep" and "count": none.
#' @noRd
raise_failures <- function(failures, parameters, first_index, on_error, call) {
  raised <- switch(on_error,
    stop = rep(TRUE, length(failures$index)),
    drop_nonfinite = failures$kind != "nonfinite",
    drop = ,
    keep = ,
    count = rep(FALSE, length(failures$index))
  )
  if (any(raised)) {
    abort_simulation(
      failures, which(raised)[[1]], parameters, first_index, call,
      advice = failure_advice(on_error)
    )
  }
}

# Training has no `on_error`: it leaves out what is not finite by itself.
failure_advice <- function(on_error) {
  if (on_error == "stop") {
    return("`simulate(on_error = \"drop\")` leaves failed simulations out.")
  }
  paste(
    "A simulator that gives NaN instead has this simulation left out of",
    "training; `check_simulations()` counts what fails."
  )
}

abort_simulation <- function(failures, which, parameters, first_index, call,
                             what = "Simulation %s failed: %s.", advice) {
  index <- failures$index[[which]]
  at <- parameters[index - first_index, ]
  amortflow_abort(
    sprintf(
      what, format(index, scientific = FALSE),
      sub("[.]$", "", failures$message[[which]])
    ),
    "simulator",
    hint = paste(c(
      if (!anyNA(at)) paste("Its parameters:", shown_parameters(at)), advice
    ), collapse = " "),
    index = index, parameters = at, n_failed = length(failures$index),
    parent = if (failures$kind[[which]] == "error") failures$error, call = call
  )
}

abort_all_failed <- function(failures, parameters, call) {
  abort_simulation(
    as.list(failures), 1, parameters, 0, call,
    what = sprintf(
      "All simulations (%d) failed; simulation %%s: %%s.", nrow(failures)
    ),
    advice = "`check_simulations()` counts what fails and says why."
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
