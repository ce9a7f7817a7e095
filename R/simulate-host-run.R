# Runs R simulators. All functions count rows from 1 within the request.

#' @param parameters Matrix: simulation x parameter; rows with NA are not run.
#' @param states See host_streams().
#' @param stop_on_failure Give up after the first failure.
#' @param variables Names of the data's variables where they are known from an
#'   earlier run, or `NULL`: those of the first simulation then. What comes in
#'   another order is put into this one.
#' @return List of `rows` (values and lengths) and `failures`.
#' @noRd
run_r_simulator <- function(simulator, dims, parameters, first_index, states,
                            observed, stop_on_failure, tick,
                            variables = NULL, call = rlang::caller_env()) {
  columns <- parameter_columns(dims)
  if (simulator$vectorized) {
    pieces <- grid_pieces(first_index, nrow(parameters))
    arguments <- function(rows) {
      list(natural_rows(parameters[rows, , drop = FALSE], dims, columns))
    }
    convert <- function(output, rows) piece_values(output, length(rows), observed)
  } else {
    pieces <- seq_len(nrow(parameters))
    arguments <- function(rows) list(natural_row(parameters[rows, ], dims, columns))
    convert <- function(output, rows) set_values(output, observed)
  }
  usable <- rowSums(is.na(parameters)) == 0
  pieces <- lapply(pieces, function(rows) rows[usable[rows]])
  pieces <- pieces[lengths(pieces) > 0]
  collected <- new_collection(
    nrow(parameters), first_index, convert, stop_on_failure, tick, variables
  )
  run_calls(
    simulator$f, length(pieces), function(i) arguments(pieces[[i]]),
    states[, vapply(pieces, `[[`, 1, 1), drop = FALSE],
    function(i, outcome) collected$take(pieces[[i]], outcome), call
  )
  list(rows = collected$rows(), failures = collected$failures())
}

# Data sets and failures of a run. `take(rows, outcome)` says whether to end it.
new_collection <- function(count, first_index, convert, stop_on_failure, tick,
                           variables) {
  store <- new_value_store(count, variables)
  failures <- no_failures()
  fail <- function(rows, message, kind, error = NULL) {
    failures <<- add_failures(failures, first_index + rows, message, kind, error)
  }
  take <- function(rows, outcome) {
    if (!is.null(outcome$error)) {
      problem <- paste("the simulator raised an error:", conditionMessage(outcome$error))
      fail(rows, problem, "error", outcome$error)
    } else {
      values <- tryCatch(
        convert(outcome$value, rows),
        amortflow_error_output = function(e) e
      )
      if (inherits(values, "error")) {
        fail(rows, sub("[.]$", "", conditionMessage(values)), "shape")
      } else {
        found <- store$add(rows, values)
        if (length(found$row) > 0) fail(found$row, found$message, found$kind)
      }
    }
    tick(rows[[length(rows)]])
    stop_on_failure && length(failures$index) > 0
  }
  list(take = take, rows = store$rows, failures = function() failures)
}

# Collects data sets of one shape and with the same variables, those of the
# first: the rest are reported.
new_value_store <- function(count, variables = NULL) {
  values <- NULL
  size <- NULL
  add <- function(rows, new) {
    if (is.null(size)) {
      size <<- dim(new)[2:3]
      values <<- array(NA_real_, c(size, count))
      if (is.null(variables)) variables <<- dimnames(new)[[3]]
    }
    problem <- store_mismatch(new, size, variables)
    if (!is.null(problem)) {
      return(list(row = rows, message = problem, kind = "shape"))
    }
    new <- in_order_of(new, variables)
    if (length(rows) == 1 && all(is.finite(new))) {
      values[, , rows] <<- new
      return(nothing_found)
    }
    finite <- rowSums(!is.finite(new)) == 0
    values[, , rows[finite]] <<- aperm(new[finite, , , drop = FALSE], c(2, 3, 1))
    messages <- vapply(which(!finite), function(i) {
      shown_non_finite(new[i, , ], size)
    }, "")
    list(row = rows[!finite], message = messages, kind = "nonfinite")
  }
  rows <- function() {
    if (is.null(size)) {
      return(list(values = matrix(NA_real_, count, 0), lengths = rep(1L, count)))
    }
    flat <- matrix(aperm(values, c(1, 3, 2)), size[[1]] * count, size[[2]])
    colnames(flat) <- variables
    list(values = flat, lengths = rep(as.integer(size[[1]]), count))
  }
  list(add = add, rows = rows)
}

# What keeps a data set from standing beside the first one, or NULL. Values
# without names are taken in their order.
store_mismatch <- function(new, size, variables) {
  if (!identical(dim(new)[2:3], size)) {
    return(sprintf(
      "it gave %s, but the first simulation gave %s",
      shown_size(dim(new)[2:3]), shown_size(size)
    ))
  }
  names <- dimnames(new)[[3]]
  if (!same_variables(names, variables)) {
    sprintf(
      "it gave the variables %s, but the first simulation gave %s",
      shown_list(names), shown_list(variables)
    )
  }
}

same_variables <- function(names, variables) {
  identical(names, variables) || is.null(names) || is.null(variables) ||
    (identical(sort(names), sort(variables)) && !anyDuplicated(names))
}

# An array (set, position, variable) with its variables in another order.
in_order_of <- function(values, variables) {
  names <- dimnames(values)[[3]]
  if (is.null(names) || is.null(variables) || identical(names, variables)) {
    return(values)
  }
  values[, , match(variables, names), drop = FALSE]
}

nothing_found <- list(
  row = integer(), message = character(), kind = character()
)

shown_size <- function(size) {
  sprintf(
    "%d position%s x %d variable%s", size[[1]], if (size[[1]] == 1) "" else "s",
    size[[2]], if (size[[2]] == 1) "" else "s"
  )
}

shown_non_finite <- function(values, size) {
  place <- which(!is.finite(values))[[1]]
  position <- (place - 1) %% size[[1]] + 1
  variable <- (place - 1) %/% size[[1]] + 1
  where <- c(
    if (size[[1]] > 1) paste("position", position),
    if (size[[2]] > 1) paste("variable", variable)
  )
  at <- if (length(where) > 0) paste(" at", paste(where, collapse = ", "))
  paste0("it gave ", format(as.vector(values)[[place]]), at)
}

abort_output <- function(what, must) {
  amortflow_abort(sprintf("it gave %s, not %s", what, must), "output")
}

# One data set as an array (1, position, variable).
set_values <- function(output, observed) {
  if (is.list(output) && !is.data.frame(output)) {
    abort_output("a list", "a vector, matrix or data frame of numbers")
  }
  output <- without_table_forms(output)
  if (!is_number(output) || length(dim(output)) > 2 || length(output) == 0) {
    abort_output(describe_value(output), "a vector, matrix or data frame of numbers")
  }
  if (observed == "vector") {
    if (length(dim(output)) == 2 && nrow(output) != 1) {
      abort_output(describe_value(output), "a vector (`observed = \"vector\"`)")
    }
    names <- if (is.null(dim(output))) names(output) else colnames(output)
    output <- matrix(output, 1, dimnames = list(NULL, names))
  } else if (is.null(dim(output))) {
    output <- matrix(output, ncol = 1)
  }
  names <- if (!is.null(colnames(output))) list(NULL, NULL, colnames(output))
  array(as.double(output), c(1L, dim(output)), dimnames = names)
}

# Data frames as matrices, and one-dimensional arrays (what table() gives of
# one factor) as vectors.
without_table_forms <- function(output) {
  if (length(dim(output)) == 1) {
    return(c(output))
  }
  if (!is.data.frame(output)) {
    return(output)
  }
  odd <- names(output)[!vapply(output, is_number, logical(1))]
  if (length(odd) > 0) {
    abort_output(
      sprintf(
        "a data frame whose column `%s` is %s", odd[[1]],
        describe_value(output[[odd[[1]]]])
      ),
      "numbers"
    )
  }
  data.matrix(output)
}

is_number <- function(x) (is.numeric(x) && !is.factor(x)) || is.logical(x)

# `n` data sets of a vectorized simulator as an array (n, position, variable).
piece_values <- function(output, n, observed) {
  output <- without_table_forms(output)
  if (!is_number(output) || length(dim(output)) > 3 || length(output) == 0) {
    abort_output(describe_value(output), "an array of numbers")
  }
  if (is.null(dim(output))) {
    output <- matrix(output, ncol = 1)
  }
  if (nrow(output) != n) {
    abort_output(
      describe_value(output), sprintf("a leading dimension of %d simulations", n)
    )
  }
  if (length(dim(output)) == 3) {
    if (observed == "vector") {
      abort_output(describe_value(output), "a matrix (simulation, variable)")
    }
    storage.mode(output) <- "double"
    return(output)
  }
  size <- if (observed == "vector") c(1L, ncol(output)) else c(ncol(output), 1L)
  names <- if (observed == "vector" && !is.null(colnames(output))) {
    list(NULL, NULL, colnames(output))
  }
  array(as.double(output), c(n, size), dimnames = names)
}
