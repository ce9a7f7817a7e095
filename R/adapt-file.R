# A fitted adapter in a file: its learned numbers without functions of R. What
# comes back is checked by doing what it says before it is believed.

adapter_parts <- c(
  "parameters", "data", "context", "direct", "subsample", "keep", "variables",
  "data_names", "context_names", "may_miss", "context_may_miss", "shown",
  "user_steps", "auto", "statistics"
)

file_adapter <- function(adapter) {
  drop_functions(unclass(adapter))
}

drop_functions <- function(x) {
  if (!is.list(x)) {
    return(x)
  }
  lapply(x[!vapply(x, is.function, logical(1))], drop_functions)
}

# Files do not tell an empty list from NULL, nor from no numbers.
read_adapter <- function(content) {
  if (!is.list(content) || length(setdiff(names(content), adapter_parts)) > 0) {
    return(NULL)
  }
  adapter <- rlang::set_names(
    lapply(adapter_parts, \(part) if (length(content[[part]]) > 0) content[[part]]),
    adapter_parts
  )
  for (part in c("parameters", "context", "user_steps")) {
    adapter[[part]] <- adapter[[part]] %||% list()
  }
  adapter$data <- lapply(adapter$data, \(steps) if (length(steps) > 0) steps else list())
  for (part in c("direct", "may_miss")) {
    adapter[[part]] <- lapply(adapter[[part]], \(x) if (length(x) > 0) x else numeric())
  }
  adapter$context_may_miss <- adapter$context_may_miss %||% numeric()
  structure(adapter, class = "amortflow_fitted_adapter")
}

check_fit_adapter <- function(adapter, spec, call) {
  fine <- !is.null(adapter) && holds(
    is.list(spec$estimator),
    are_names(adapter$variables), !anyDuplicated(adapter$variables),
    is.null(adapter$keep) || is_whole(adapter$keep, length(adapter$keep), 1),
    identical(kept_variables(adapter), spec$variables),
    are_statistics(adapter$statistics, spec),
    is.list(adapter$data), is.list(adapter$shown), is.list(adapter$shown$data),
    identical(adapter$data_names, network_names(adapter, spec)),
    length(adapter$data) == length(adapter$data_names),
    is_whole(adapter$subsample, length(adapter$data)),
    identical(adapter$context_names, spec$context),
    are_columns(adapter$may_miss, adapter$data_names),
    are_columns(adapter$direct, adapter$shown$data),
    all(adapter$context_may_miss %in% seq_along(adapter$context_names)),
    steps_give(adapter$parameters, length(spec$variables), adapter$shown$parameters),
    length(adapter$shown$parameters) ==
      (spec$estimator$parameter_count %||% spec$estimator$target_width),
    all(mapply(steps_give, adapter$data, lengths(adapter$data_names), adapter$shown$data)),
    length(adapter$context_names) == 0 ||
      steps_give(adapter$context, length(adapter$context_names), adapter$shown$context)
  )
  if (!fine) {
    refuse_fit("its adapter does not fit its parameters and data", call)
  }
}

are_statistics <- function(statistics, spec) {
  is.null(statistics) || holds(
    is.list(statistics), are_names(statistics$names),
    identical(statistics$observed, unname(spec_observed(spec))),
    identical(statistics$labels, names(spec_observed(spec)))
  )
}

# Names of each observable's variables, or of the statistics that take their
# place.
network_names <- function(adapter, spec) {
  if (!is.null(adapter$statistics)) {
    return(list(adapter$statistics$names))
  }
  lapply(spec$observables, function(one) {
    default_names(one$names, if (nzchar(one$name)) one$name else "x", one$width)
  })
}

# Places, block by block, among as many as there are names.
are_columns <- function(places, names) {
  holds(
    is.list(places), length(places) == length(names),
    all(vapply(seq_along(places), \(k) {
      all(places[[k]] %in% seq_along(names[[k]])) && !anyDuplicated(places[[k]])
    }, NA))
  )
}

#' Do steps take so many columns, and give as many as there are names?
#'
#' The core makes every step and applies it; functions of R are not there, but
#' they keep the number of columns.
#' @noRd
steps_give <- function(steps, columns, names) {
  if (!is.list(steps) || !are_names(names)) {
    return(FALSE)
  }
  values <- matrix(0, 2, columns)
  for (step in steps) {
    values <- tryCatch(
      if (is_apply(step, ncol(values))) values else call_core(core_forward_steps(list(step), values)),
      error = function(condition) NULL
    )
    if (is.null(values)) {
      return(FALSE)
    }
  }
  ncol(values) == length(names)
}

is_apply <- function(step, width) {
  holds(
    is.list(step), identical(step$kind, "apply"), is_text(step$kind),
    is_whole(step$columns, length(step$columns), 1), all(step$columns <= width),
    are_names(step$names, length(step$columns)), is_whole(step$place, lower = 1)
  )
}

#' Functions of R for a fit that was read from a file
#'
#' @param given An adapter, a summary_function(), an unnamed list of both, or
#'   `NULL`.
#' @return `fitted` with the functions in their places.
#' @noRd
give_functions <- function(fitted, given, call) {
  if (is.null(given)) {
    return(fitted)
  }
  if (!inherits(given, c("amortflow_adapter", "amortflow_summary_function"))) {
    if (!is.list(given)) {
      abort_argument(given, "adapter", "an adapter(), a summary_function(), or a list of both", call)
    }
    for (one in given) fitted <- give_functions(fitted, one, call)
    return(fitted)
  }
  if (inherits(given, "amortflow_summary_function")) {
    return(give_statistics(fitted, given, call))
  }
  check_same_steps(fitted, given, call)
  fill <- function(steps) {
    lapply(steps, function(step) {
      if (step$kind == "apply") {
        functions <- Filter(is.function, given$steps[[step$place]])
        step[names(functions)] <- functions
      }
      step
    })
  }
  fitted$parameters <- fill(fitted$parameters)
  fitted$data <- lapply(fitted$data, fill)
  fitted$context <- fill(fitted$context)
  fitted
}

give_statistics <- function(fitted, given, call) {
  if (is.null(fitted$statistics)) {
    amortflow_abort(
      "`adapter` must not be a summary_function(): the fit was trained without one.",
      "config",
      call = call
    )
  }
  fitted$statistics$f <- given$f
  fitted
}

check_same_steps <- function(fitted, given, call) {
  steps <- lapply(given$steps, without_functions)
  if (!isTRUE(all.equal(steps, fitted$user_steps, check.attributes = FALSE)) ||
    !identical(given$auto, fitted$auto)) {
    amortflow_abort(
      "`adapter` must have the steps that the fit was trained with, but they differ.",
      "config",
      hint = "print(fit$adapter) shows what the fit's adapter does.", call = call
    )
  }
}
