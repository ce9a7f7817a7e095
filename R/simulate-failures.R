# Simulations that did not give what they should: their indices (from 1), what
# happened, and the first condition of R, if there was one.

no_failures <- function() {
  list(index = numeric(), message = character(), error = NULL)
}

add_failures <- function(failures, index, message, error = NULL) {
  list(
    index = c(failures$index, index),
    message = c(failures$message, rep_len(message, length(index))),
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
    error = if (is.null(a$error)) b$error else a$error
  )
}

failure_frame <- function(failures) {
  data.frame(
    index = as.double(failures$index), message = as.character(failures$message)
  )
}

abort_simulation <- function(failures, parameters, first_index, call) {
  index <- failures$index[[1]]
  at <- parameters[index - first_index, ]
  n <- length(failures$index)
  amortflow_abort(
    sprintf(
      "Simulation %s failed: %s.", format(index, big.mark = "", scientific = FALSE),
      sub("[.]$", "", failures$message[[1]])
    ),
    "simulator",
    hint = c(
      if (!anyNA(at)) paste("Its parameters:", shown_parameters(at)),
      i = "`on_error = \"drop\"` leaves failed simulations out."
    ),
    index = index, parameters = at, n_failed = n,
    parent = failures$error, call = call
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
    failures = failure_frame(failures), call = call
  )
}
