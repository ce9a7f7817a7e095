# Runs R simulators. All functions count rows from 1 within the request.

#' @param parameters Matrix: simulation x parameter; rows with NA are not run.
#' @param context Matrix: simulation x context value, likewise.
#' @param states See host_streams().
#' @param stop_on_failure Give up after the first failure.
#' @param variables List: names of each observable's variables where they are
#'   known from an earlier run, or `NULL`: those of the first simulation then.
#'   What comes in another order is put into this one.
#' @param of With a plate, the simulation of each row: a vectorized simulator is
#'   then called for the groups of one simulation at a time.
#' @return List of `data` (list of rows, one per observable) and `failures`.
#' @noRd
run_r_simulator <- function(model, parameters, context, first_index, states,
                            stop_on_failure, tick, variables = NULL,
                            call = rlang::caller_env(), of = NULL) {
  calls <- simulator_calls(model, parameters, context, first_index, of)
  usable <- rowSums(is.na(parameters)) == 0 & rowSums(is.na(context)) == 0
  pieces <- lapply(calls$pieces, function(rows) rows[usable[rows]])
  pieces <- pieces[lengths(pieces) > 0]
  stores <- new_value_stores(
    nrow(parameters), model$observed, variables, isTRUE(model$simulator$missing)
  )
  failures <- no_failures()
  take <- function(i, outcome) {
    rows <- pieces[[i]]
    failures <<- add_run(failures, outcome, calls$blocks, rows, first_index, stores)
    tick(rows[[length(rows)]])
    stop_on_failure && length(failures$index) > 0
  }
  run_calls(
    model$simulator$f, length(pieces), function(i) calls$arguments(pieces[[i]]),
    states[, vapply(pieces, `[[`, 1, 1), drop = FALSE], take, call
  )
  list(data = lapply(stores, function(store) store$rows()), failures = failures)
}

# How a simulator is called: `pieces` of rows, one for each call, `arguments`
# of the call for some rows, and `blocks(output, n)` of what it gives.
simulator_calls <- function(model, parameters, context, first_index,
                            of = NULL) {
  simulator <- model$simulator
  dims <- c(prior_dims(model$prior), prior_local_dims(model$prior))
  columns <- parameter_columns(dims)
  arguments <- function(rows) {
    theta <- if (simulator$vectorized) {
      natural_rows(parameters[rows, , drop = FALSE], dims, columns)
    } else {
      natural_row(parameters[rows, ], dims, columns)
    }
    given <- natural_context(
      model$context, context[rows, , drop = FALSE], simulator$vectorized
    )
    simulator_arguments(simulator, theta, given)
  }
  if (simulator$vectorized) {
    pieces <- if (is.null(of)) {
      grid_pieces(first_index, nrow(parameters))
    } else {
      unname(split(seq_along(of), of))
    }
    list(
      pieces = pieces, arguments = arguments,
      blocks = function(output, n) piece_blocks(output, n, model$observed)
    )
  } else {
    list(
      pieces = seq_len(nrow(parameters)), arguments = arguments,
      blocks = function(output, n) set_blocks(output, model$observed)
    )
  }
}

# Context goes to the arguments of its names, all of it to `...`.
simulator_arguments <- function(simulator, theta, context) {
  if (!simulator$dots) {
    context <- context[intersect(names(context), simulator$arguments)]
  }
  c(list(theta), context)
}

# Stores what a call for the simulations `rows` gave.
add_run <- function(failures, outcome, blocks_of, rows, first_index, stores) {
  blocks <- if (is.null(outcome$error)) {
    tryCatch(blocks_of(outcome$value, length(rows)), error = function(e) e)
  } else {
    outcome$error
  }
  if (inherits(blocks, "amortflow_error_output")) {
    problem <- sub("[.]$", "", conditionMessage(blocks))
    return(add_failures(failures, first_index + rows, problem, "shape"))
  }
  if (inherits(blocks, "error")) {
    problem <- paste("the simulator raised an error:", conditionMessage(blocks))
    return(add_failures(failures, first_index + rows, problem, "error", blocks))
  }
  found <- Reduce(merge_failures, Map(function(store, block) {
    problem <- store$add(rows, block)
    add_failures(
      no_failures(), first_index + problem$row, problem$message, problem$kind
    )
  }, stores, blocks))
  # A simulation that failed in one observable counts for none.
  for (store in stores) store$drop(found$index - first_index)
  add_failures(failures, found$index, found$message, found$kind)
}

new_value_stores <- function(count, observed, variables, missing) {
  lapply(seq_along(observed), function(k) {
    new_value_store(count, observed[[k]], names(observed)[k], variables[[k]], missing)
  })
}

# Collects data sets with the same variables, those of the first: the rest are
# reported. Vectors must have one length, other data sets may differ. Where values
# may be missing, only infinite ones are failures.
new_value_store <- function(count, observed, name, variables = NULL,
                            missing = FALSE) {
  width <- NULL
  shape <- NULL
  parts <- list()
  dropped <- integer()
  of <- if (!is.null(name)) sprintf(" in `%s`", name) else ""
  add <- function(rows, block) {
    if (is.null(width)) {
      width <<- ncol(block$values)
      shape <<- block$shape
      if (is.null(variables)) variables <<- colnames(block$values)
    }
    problem <- shape_mismatch(block, shape) %||%
      block_mismatch(block, width, variables)
    if (!is.null(problem)) {
      return(list(row = rows, message = paste0(problem, of), kind = "shape"))
    }
    block$values <- in_order_of(block$values, variables)
    parts[[length(parts) + 1]] <<- c(list(index = rows), block)
    if (all(are_sound(block$values, missing))) {
      return(nothing_found)
    }
    found <- non_finite_sets(block, observed, missing)
    list(
      row = rows[found$set], message = paste0(found$message, of),
      kind = "nonfinite"
    )
  }
  drop <- function(rows) dropped <<- c(dropped, rows)
  rows <- function() collected_rows(parts, dropped, count, variables)
  list(add = add, drop = drop, rows = rows)
}

# What keeps data sets from standing beside the first one, or NULL. Values
# without names are taken in their order.
block_mismatch <- function(block, width, variables) {
  if (ncol(block$values) != width) {
    return(sprintf(
      "it gave %d variable%s, but the first simulation gave %d",
      ncol(block$values), if (ncol(block$values) == 1) "" else "s", width
    ))
  }
  names <- colnames(block$values)
  if (!same_variables(names, variables)) {
    sprintf(
      "it gave the variables %s, but the first simulation gave %s",
      shown_list(names), shown_list(variables)
    )
  }
}

shape_mismatch <- function(block, shape) {
  if (!identical(block$shape, shape)) {
    sprintf(
      "it gave an array of %s, but the first simulation gave %s",
      shown_shape(block$shape), shown_shape(shape)
    )
  }
}

same_variables <- function(names, variables) {
  identical(names, variables) || is.null(names) || is.null(variables) ||
    (identical(sort(names), sort(variables)) && !anyDuplicated(names))
}

# A matrix with its variables in another order.
in_order_of <- function(values, variables) {
  names <- colnames(values)
  if (is.null(names) || is.null(variables) || identical(names, variables)) {
    return(values)
  }
  values[, match(variables, names), drop = FALSE]
}

nothing_found <- list(
  row = integer(), message = character(), kind = character()
)

are_sound <- function(values, missing) {
  if (missing) !is.infinite(values) else is.finite(values)
}

non_finite_sets <- function(block, observed, missing) {
  of <- rep(seq_along(block$lengths), block$lengths)
  set <- unique(of[rowSums(!are_sound(block$values, missing)) > 0])
  message <- vapply(set, function(i) {
    shown_non_finite(block$values[of == i, , drop = FALSE], missing)
  }, "")
  list(set = set, message = message)
}

shown_non_finite <- function(values, missing) {
  place <- which(!are_sound(values, missing), arr.ind = TRUE)[1, ]
  where <- c(
    if (nrow(values) > 1) paste("position", place[[1]]),
    if (ncol(values) > 1) paste("variable", place[[2]])
  )
  at <- if (length(where) > 0) paste(" at", paste(where, collapse = ", "))
  paste0("it gave ", format(values[[place[[1]], place[[2]]]]), at)
}

# All data sets in order; those that are missing or dropped are NaN, of the
# common length where there is one.
collected_rows <- function(parts, dropped, count, variables) {
  index <- unlist(lapply(parts, `[[`, "index"))
  if (length(index) == 0) {
    return(list(values = matrix(NA_real_, count, 0), lengths = rep(1L, count)))
  }
  rows <- bind_rows(parts)
  dimnames(rows$values) <- if (!is.null(variables)) list(NULL, variables)
  failed <- union(setdiff(seq_len(count), index), dropped)
  if (length(failed) == 0 && !is.unsorted(index)) {
    return(rows)
  }
  length <- unique(rows$lengths)
  length <- if (length(length) == 1) length else 1L
  kept <- !index %in% failed
  rows <- subset_rows(rows, which(kept))
  empty <- matrix(NaN, length(failed) * length, ncol(rows$values))
  all <- with_shape(list(
    values = rbind(rows$values, empty),
    lengths = c(rows$lengths, rep(length, length(failed)))
  ), rows$shape)
  subset_rows(all, order(c(index[kept], failed)))
}
