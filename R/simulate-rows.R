# The user's `$data` and the core's rows form: list(values = <position x
# variable, data sets one below the other>, lengths = <positions of each>), and
# `shape` of arrays (simulate-arrays.R). With
# several observables, the one is a named list, the other a list of rows.

# Has a model with these `observed` several observables?
is_named_data <- function(observed) !is.null(names(observed))

#' @param observed Character vector, one entry per observable, with names where
#'   there are several.
#' @return List of rows, one per observable.
#' @noRd
data_blocks <- function(data, observed, arg = "data",
                        call = rlang::caller_env()) {
  if (!is_named_data(observed)) {
    return(list(data_rows(data, observed, arg, call)))
  }
  if (!is.list(data) || !setequal(names(data), names(observed))) {
    must <- paste("a list of the observables", shown_list(names(observed)))
    abort_argument(data, arg, must, call)
  }
  blocks <- lapply(names(observed), function(name) {
    data_rows(data[[name]], observed[[name]], paste0(arg, "$", name), call)
  })
  check_equal_counts(blocks, names(observed), arg, call)
  blocks
}

check_equal_counts <- function(blocks, names, arg, call) {
  counts <- vapply(blocks, function(rows) length(rows$lengths), 1L)
  other <- which(counts != counts[[1]])
  if (length(other) > 0) {
    amortflow_abort(
      sprintf(
        "All observables must have as many data sets: `%s$%s` has %d, `%s$%s` has %d.",
        arg, names[[1]], counts[[1]], arg, names[[other[[1]]]],
        counts[[other[[1]]]]
      ),
      "argument",
      call = call
    )
  }
}

# The user's form of blocks.
blocks_data <- function(blocks, observed) {
  data <- Map(rows_data, blocks, unname(observed))
  if (is_named_data(observed)) rlang::set_names(data, names(observed)) else data[[1]]
}

# Rows of several runs, one below the other.
bind_rows <- function(parts) {
  with_shape(list(
    values = do.call(rbind, lapply(parts, `[[`, "values")),
    lengths = unlist(lapply(parts, `[[`, "lengths"))
  ), parts[[1]]$shape)
}

with_shape <- function(rows, shape) {
  if (!is.null(shape)) rows$shape <- shape
  rows
}

subset_blocks <- function(blocks, i) lapply(blocks, subset_rows, i = i)

#' @param data `$data` of simulations: many data sets.
#' @param observed "vector", "exchangeable", "series" or "array".
#' @return List of `values` (numeric matrix) and `lengths` (integer).
#' @noRd
data_rows <- function(data, observed, arg = "data",
                      call = rlang::caller_env()) {
  if (observed == "vector") {
    values <- numeric_table(data, arg, call)
    return(list(values = values, lengths = rep(1L, nrow(values))))
  }
  if (observed == "array") {
    return(array_rows_of(data, arg, call))
  }
  if (is.numeric(data) && length(dim(data)) %in% 2:3) {
    return(array_rows(data))
  }
  if (!is.list(data) || is.data.frame(data) || length(data) == 0) {
    must <- "an array (data set, position, variable) or an unnamed list"
    abort_argument(data, arg, must, call)
  }
  list_rows(unname(data), arg, call)
}

# A matrix is (data set, position) of one variable.
array_rows <- function(data) {
  if (length(dim(data)) == 2) {
    data <- array(data, c(dim(data), 1))
  }
  size <- dim(data)
  values <- matrix(
    as.double(aperm(data, c(2, 1, 3))), size[[1]] * size[[2]], size[[3]]
  )
  colnames(values) <- dimnames(data)[[3]]
  list(values = values, lengths = rep(as.integer(size[[2]]), size[[1]]))
}

list_rows <- function(data, arg, call) {
  sets <- lapply(seq_along(data), function(i) {
    numeric_table(data[[i]], sprintf("%s[[%d]]", arg, i), call)
  })
  columns <- vapply(sets, ncol, integer(1))
  odd <- which(columns != columns[[1]])
  if (length(odd) > 0) {
    amortflow_abort(
      sprintf(
        "All data sets must have the same variables: data set 1 has %d, data set %d has %d.",
        columns[[1]], odd[[1]], columns[[odd[[1]]]]
      ),
      "argument",
      call = call
    )
  }
  sets <- bind_by_name(sets, arg, call)
  list(values = do.call(rbind, sets), lengths = vapply(sets, nrow, integer(1)))
}

# Matrices with their columns in the order of the first that has names; those
# without names are taken in their order.
bind_by_name <- function(sets, arg, call) {
  names <- lapply(sets, colnames)
  first <- Position(Negate(is.null), names)
  if (is.na(first)) {
    return(sets)
  }
  variables <- names[[first]]
  other <- which(!vapply(names, identical, logical(1), variables))
  for (i in other) {
    if (!same_variables(names[[i]], variables)) {
      amortflow_abort(
        sprintf(
          "All data sets must have the same variables: `%s[[%d]]` has %s, but `%s[[%d]]` has %s.",
          arg, first, shown_list(variables), arg, i, shown_list(names[[i]])
        ),
        "argument",
        hint = "Name columns alike, or not at all.", index = i, call = call
      )
    }
    if (!is.null(names[[i]])) {
      sets[[i]] <- sets[[i]][, variables, drop = FALSE]
    }
  }
  sets
}

# A bare vector is one column.
numeric_table <- function(x, arg, call) {
  if (is.data.frame(x)) {
    numeric <- vapply(x, function(column) {
      is.numeric(column) || is.logical(column)
    }, logical(1))
    if (!all(numeric)) {
      abort_argument(
        x[[which(!numeric)[[1]]]],
        sprintf("%s$%s", arg, names(x)[!numeric][[1]]), "numeric", call
      )
    }
    x <- as.matrix(x)
    rownames(x) <- NULL
  }
  if (!(is.numeric(x) || is.logical(x)) || length(dim(x)) > 2) {
    abort_argument(x, arg, "a numeric vector, matrix or data frame", call)
  }
  x <- if (length(dim(x)) < 2) matrix(x, ncol = 1) else x
  storage.mode(x) <- "double"
  x
}

#' @return vector: matrix (data set, variable); array: see block_array(); else an array (data set,
#'   position, variable), or an unnamed list of matrices where lengths differ.
#' @noRd
rows_data <- function(rows, observed) {
  values <- rows$values
  if (observed == "vector") {
    return(values)
  }
  if (observed == "array") {
    return(block_array(rows))
  }
  lengths <- rows$lengths
  if (length(unique(lengths)) <= 1) {
    size <- c(if (length(lengths) > 0) lengths[[1]] else 0L, length(lengths))
    data <- by_data_set(values, size)
    if (!is.null(colnames(values))) {
      dimnames(data) <- list(NULL, NULL, colnames(values))
    }
    return(data)
  }
  ends <- cumsum(lengths)
  lapply(seq_along(lengths), function(i) {
    values[seq_len(lengths[[i]]) + ends[[i]] - lengths[[i]], , drop = FALSE]
  })
}

# Rows as an array (data set, position, variable); `size` is positions and data
# sets. t() is several times faster than aperm().
by_data_set <- function(values, size) {
  variables <- ncol(values)
  if (variables == 1) {
    dim(values) <- size
    values <- t(values)
    dim(values) <- c(rev(size), 1L)
    return(values)
  }
  data <- array(0, c(rev(size), variables))
  for (j in seq_len(variables)) {
    data[, , j] <- t(matrix(values[, j], size[[1]], size[[2]]))
  }
  data
}

# Data sets `i` of rows.
subset_rows <- function(rows, i) {
  ends <- cumsum(rows$lengths)
  starts <- ends - rows$lengths
  positions <- sequence(rows$lengths[i], from = starts[i] + 1L)
  with_shape(list(
    values = rows$values[positions, , drop = FALSE],
    lengths = rows$lengths[i]
  ), rows$shape)
}

# Data sets `i` of `$data`.
subset_data <- function(data, i, observed) {
  if (is_named_data(observed)) {
    return(lapply(data, subset_observable, i = i))
  }
  subset_observable(data, i)
}

subset_observable <- function(data, i) {
  switch(as.character(length(dim(data))),
    "2" = data[i, , drop = FALSE],
    "3" = data[i, , , drop = FALSE],
    "4" = data[i, , , , drop = FALSE],
    data[i]
  )
}
