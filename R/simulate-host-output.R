# What R simulators give, as blocks: one for each observable, list(values =
# <position x variable>, lengths = <positions of each data set>).

abort_output <- function(what, must) {
  amortflow_abort(sprintf("it gave %s, not %s", what, must), "output")
}

# One call, one simulation.
set_blocks <- function(output, observed) {
  lapply(observable_outputs(output, observed), function(one) {
    if (one$observed == "array") {
      return(output_array(one$output))
    }
    values <- set_values(one$output, one$observed)
    list(values = values, lengths = nrow(values))
  })
}

# One call, `n` simulations.
piece_blocks <- function(output, n, observed) {
  lapply(observable_outputs(output, observed), function(one) {
    piece_values(one$output, n, one$observed)
  })
}

# Pairs the parts of an output with the observables that the model names.
observable_outputs <- function(output, observed) {
  if (!is_named_data(observed)) {
    return(list(list(output = output, observed = observed)))
  }
  if (!is.list(output) || !setequal(names(output), names(observed))) {
    given <- if (is.list(output) && !is.null(names(output))) {
      paste("a list of", shown_list(names(output)))
    } else {
      describe_value(output)
    }
    abort_output(
      given, paste("a list of the observables", shown_list(names(observed)))
    )
  }
  lapply(names(observed), function(name) {
    list(output = output[[name]], observed = observed[[name]])
  })
}

# One data set as a matrix (position, variable).
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
  names <- if (!is.null(colnames(output))) list(NULL, colnames(output))
  matrix(as.double(output), nrow(output), dimnames = names)
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

# `n` data sets of a vectorized simulator as a block.
piece_values <- function(output, n, observed) {
  if (observed == "array") {
    return(output_arrays(output, n))
  }
  if (is.list(output) && !is.data.frame(output) && observed != "vector") {
    return(listed_values(output, n, observed))
  }
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
  if (observed == "vector") {
    if (length(dim(output)) == 3) {
      abort_output(describe_value(output), "a matrix (simulation, variable)")
    }
    storage.mode(output) <- "double"
    return(list(values = output, lengths = rep(1L, n)))
  }
  array_rows(output)
}

# Data sets that differ in length come as an unnamed list.
listed_values <- function(output, n, observed) {
  if (length(output) != n) {
    abort_output(describe_value(output), sprintf("a list of %d data sets", n))
  }
  sets <- lapply(unname(output), set_values, observed = observed)
  columns <- vapply(sets, ncol, 1L)
  variables <- colnames(sets[[1]])
  same <- columns == columns[[1]] &
    vapply(sets, function(set) same_variables(colnames(set), variables), NA)
  if (!all(same)) {
    abort_output("data sets of different variables", "the same variables in each")
  }
  sets <- lapply(sets, in_order_of, variables = variables)
  list(values = do.call(rbind, sets), lengths = vapply(sets, nrow, 1L))
}
