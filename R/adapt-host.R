# Steps that are functions of R run on R's thread. All steps of a block up to the
# last such one are its host prefix: they are applied here, the core gets the rest.

# How many steps of a block are its host prefix.
host_steps <- function(steps) {
  host <- vapply(steps, \(step) step$kind == "apply", logical(1))
  if (any(host)) max(which(host)) else 0L
}

core_steps <- function(steps) {
  utils::tail(steps, length(steps) - host_steps(steps))
}

prefix_steps <- function(steps) {
  utils::head(steps, host_steps(steps))
}

needs_host <- function(adapter) {
  if (!is.null(adapter$statistics)) {
    return(TRUE)
  }
  blocks <- c(list(adapter$parameters, adapter$context), adapter$data)
  any(vapply(blocks, host_steps, integer(1)) > 0)
}

# One step towards the networks.
forward_step <- function(step, values, call = rlang::caller_env()) {
  if (step$kind == "apply") {
    return(replace_columns(step, values, "forward", call))
  }
  call_core(core_forward_steps(list(step), values), call = call)
}

forward_steps <- function(steps, values, call = rlang::caller_env()) {
  for (step in steps) {
    values <- forward_step(step, values, call)
  }
  values
}

inverse_steps <- function(steps, values, call = rlang::caller_env()) {
  for (step in rev(steps)) {
    values <- if (step$kind == "apply") {
      replace_columns(step, values, "inverse", call)
    } else {
      call_core(core_inverse_steps(list(step), values), call = call)
    }
  }
  values
}

#' Parameters through steps, with the log-Jacobian of each row
#'
#' @return List of `z` and `log_det`.
#' @noRd
forward_density_steps <- function(steps, values, call = rlang::caller_env()) {
  log_det <- numeric(nrow(values))
  for (step in steps) {
    if (step$kind == "apply") {
      log_det <- log_det + apply_log_det(step, values, call)
      values <- replace_columns(step, values, "forward", call)
    } else {
      moved <- call_core(core_forward_log_det(list(step), values), call = call)
      values <- moved$z
      log_det <- log_det + moved$log_det
    }
  }
  list(z = values, log_det = log_det)
}

# --- functions of the user's -------------------------------------------------

columns_of <- function(step, values) {
  block <- values[, step$columns, drop = FALSE]
  colnames(block) <- step$names
  block
}

run_apply <- function(step, values, which, call) {
  if (is.null(step[[which]])) {
    abort_adapter(
      sprintf("This fit's adapter must have its R function `%s`, which is not in its file.", which),
      call,
      hint = "load_fit(path, adapter = ) gives the functions of adapt_apply() back."
    )
  }
  tryCatch(
    step[[which]](columns_of(step, values)),
    error = function(condition) {
      abort_adapter(
        sprintf(
          "`%s` of adapt_apply() must not fail, but it did: %s.", which,
          sub("[.]$", "", conditionMessage(condition))
        ),
        call,
        parent = condition
      )
    }
  )
}

replace_columns <- function(step, values, which, call) {
  result <- run_apply(step, values, which, call)
  size <- c(nrow(values), length(step$columns))
  good <- is.numeric(result) && length(result) == prod(size) &&
    (is.null(dim(result)) && size[[2]] == 1 || identical(dim(result), as.integer(size)))
  if (!good) {
    abort_adapter(
      sprintf(
        "`%s` of adapt_apply() must give a numeric matrix of %d x %d as it was given, not %s.",
        which, size[[1]], size[[2]], describe_value(result)
      ),
      call
    )
  }
  values[, step$columns] <- result
  values
}

apply_log_det <- function(step, values, call) {
  result <- run_apply(step, values, "log_det", call)
  if (!is.numeric(result) || length(result) != nrow(values)) {
    abort_adapter(
      sprintf(
        "`log_det` of adapt_apply() must give one number per row, %d, not %s.",
        nrow(values), describe_value(result)
      ),
      call
    )
  }
  as.double(result)
}

# Rows that are looked at: enough to meet every branch that matters.
checked_rows <- 20

#' Do inverse and log-Jacobian belong to `forward`?
#'
#' The inverse to 1e-6 of the columns' spread, the log-Jacobian to 1e-3 of that of
#' central differences.
#' @noRd
check_apply <- function(step, values, call) {
  values <- utils::head(values[rowSums(!is.finite(values)) == 0, , drop = FALSE], checked_rows)
  if (nrow(values) < 2) {
    return(invisible())
  }
  z <- replace_columns(step, values, "forward", call)
  if (!all(is.finite(z))) {
    abort_adapter("`forward` of adapt_apply() must give finite numbers for parameters.", call)
  }
  back <- replace_columns(step, z, "inverse", call)
  spread <- max(apply(values[, step$columns, drop = FALSE], 2, stats::sd))
  if (!isTRUE(max(abs(back - values)) <= 1e-6 * (spread + max(abs(values))))) {
    abort_adapter(
      "`inverse` of adapt_apply() must undo `forward`, but on pilot simulations it does not.",
      call
    )
  }
  found <- apply_log_det(step, values, call)
  expected <- vapply(
    seq_len(nrow(values)), \(i) difference_log_det(step, values[i, , drop = FALSE], call),
    numeric(1)
  )
  compared <- is.finite(expected)
  if (!isTRUE(all(abs(found - expected)[compared] <= 1e-3 * (1 + abs(expected[compared]))))) {
    i <- which(compared)[which.max(abs(found - expected)[compared])]
    abort_adapter(
      sprintf(
        "`log_det` of adapt_apply() must be log |det| of forward's Jacobian: %.4g by differences, not %.4g.",
        expected[[i]], found[[i]]
      ),
      call
    )
  }
}

difference_log_det <- function(step, row, call) {
  k <- length(step$columns)
  x <- row[1, step$columns]
  h <- 1e-5 * abs(x) + 1e-9
  points <- row[rep(1, 2 * k), , drop = FALSE]
  points[, step$columns] <- rep(x, each = 2 * k) + rbind(diag(h, k), -diag(h, k))
  z <- replace_columns(step, points, "forward", call)[, step$columns, drop = FALSE]
  jacobian <- (z[seq_len(k), , drop = FALSE] - z[k + seq_len(k), , drop = FALSE]) / (2 * h)
  suppressWarnings(as.double(determinant(jacobian)$modulus))
}

# --- what the core gets and gives --------------------------------------------

#' Simulations as the core takes them, after statistics and host prefix
#'
#' @param simulations List with `parameters`, `data` (rows of each observable) and
#'   `context`; what else it holds is kept.
#' @noRd
host_simulations <- function(adapter, simulations, call = rlang::caller_env()) {
  if (!needs_host(adapter)) {
    return(simulations)
  }
  prefix <- prefix_steps(adapter$parameters)
  if (length(prefix) > 0) {
    kept <- adapter$keep %||% seq_along(adapter$variables)
    simulations$parameters <- forward_steps(
      prefix, unname(simulations$parameters[, kept, drop = FALSE]), call
    )
  }
  parts <- c("data", "context")
  simulations[parts] <- host_sets(adapter, simulations, call)[parts]
  simulations
}

#' @param sets List with `data`, `context` and, of `newdata`, `groups`: see
#'   named_groups().
#' @return List of data and context, for the core.
#' @noRd
host_sets <- function(adapter, sets, call = rlang::caller_env()) {
  rows <- apply_statistics(adapter$statistics, sets$data, call)
  for (k in which(lengths(sets$groups) > 0)) {
    rows[[k]] <- number_groups(rows[[k]], sets$groups[[k]])
  }
  data <- Map(function(own, steps) {
    prefix <- prefix_steps(steps)
    if (length(prefix) > 0) {
      own$values <- forward_steps(prefix, unname(own$values), call)
    }
    own
  }, rows, unname(adapter$data))
  prefix <- prefix_steps(adapter$context)
  context <- if (length(prefix) == 0) sets$context else {
    forward_steps(prefix, unname(sets$context), call)
  }
  list(data = data, context = context)
}

# Draws (draw, data set, parameter) on their way back to the user.
restore_draws <- function(adapter, draws, call = rlang::caller_env()) {
  prefix <- prefix_steps(adapter$parameters)
  if (length(prefix) == 0) {
    return(draws)
  }
  size <- dim(draws)
  array(inverse_steps(prefix, matrix(draws, ncol = size[[3]]), call), size)
}

#' Observables as the networks see them
#'
#' @param observables As a fit's spec has them, see observables_spec().
#' @return The same, with the networks' widths and lengths.
#' @noRd
network_observables <- function(adapter, observables) {
  if (!is.null(adapter$statistics)) {
    one <- list(name = "", observed = "vector", n_obs = c(1, 1))
    observables <- list(one)
  }
  lapply(seq_along(observables), function(k) {
    one <- observables[[k]]
    most <- adapter$subsample[[k]]
    one$width <- length(adapter$shown$data[[k]]) - length(adapter$direct[[k]])
    one$columns <- adapter$shown$data[[k]]
    if (length(adapter$direct[[k]]) > 0) one$columns <- one$columns[-adapter$direct[[k]]]
    if (most > 0) {
      refuse_thinned_array(one)
      one$n_obs <- pmin(one$n_obs, most)
    }
    one
  })
}

refuse_thinned_array <- function(observable) {
  if (!is.null(observable$shape)) {
    abort_adapter(
      "adapt_subsample() must not take arrays, whose places stand where they are.",
      rlang::caller_env()
    )
  }
}

# What default_summary() looks at.
network_block <- function(observable) {
  with_shape(
    list(values = matrix(numeric(), 0, observable$width), lengths = observable$n_obs),
    observable$shape
  )
}

# Context, and what goes past the summary networks.
network_context_width <- function(adapter) {
  length(adapter$shown$context) + length(unlist(adapter$direct))
}

# --- missing values ----------------------------------------------------------

# Is there an adapt_missing()? Known before names are resolved, too.
takes_missing <- function(adapter) {
  if (inherits(adapter, "amortflow_fitted_adapter")) {
    return(length(unlist(adapter$may_miss)) > 0)
  }
  !identical(adapter, "auto") &&
    any(vapply(adapter$steps, \(step) step$kind == "missing", NA))
}

# The model as this adapter wants it simulated: NaN may be a value of the data.
model_for <- function(model, adapter) {
  if (takes_missing(adapter)) {
    model$simulator$missing <- TRUE
  }
  model
}
