# Arrays: images, fields. Rows of a block are the places of the grid row by row (the last place index runs fastest),
# columns are channels, and `shape` holds the dimensions of one data set, as the simulator gives it: one dimension for
# places on a line, two for a grid, three for a grid with channels.

array_channels <- function(shape) if (length(shape) == 3) shape[[3]] else 1L

# Dimensions of the grid.
array_grid <- function(shape) shape[seq_len(min(length(shape), 2))]

shown_shape <- function(shape) paste(shape, collapse = " x ")

# Dimensions of one data set, or NULL where it is no array.
shape_of_array <- function(x) {
  if (!is_number(x) || is.data.frame(x) || length(x) == 0) {
    return(NULL)
  }
  shape <- as.integer(dim(x) %||% length(x))
  if (length(shape) <= 3) shape
}

#' Arrays as a block
#'
#' @param data Numbers whose leading dimension is the data set.
#' @param shape Dimensions of one data set.
#' @noRd
array_block <- function(data, shape) {
  n <- length(data) / prod(shape)
  grid <- array_grid(shape)
  channels <- array_channels(shape)
  places <- length(grid)
  box <- array(as.double(data), c(n, grid, channels))
  values <- aperm(box, c(rev(seq_len(places)) + 1L, 1L, places + 2L))
  list(
    values = matrix(values, ncol = channels),
    lengths = rep(as.integer(prod(grid)), n), shape = shape
  )
}

# The array (data set, dimensions of one data set) of a block.
block_array <- function(rows) {
  n <- length(rows$lengths)
  if (is.null(rows$shape)) {
    return(array(as.double(rows$values), c(n, ncol(rows$values))))
  }
  grid <- array_grid(rows$shape)
  places <- length(grid)
  box <- array(rows$values, c(rev(grid), n, array_channels(rows$shape)))
  array(
    aperm(box, c(places + 1L, rev(seq_len(places)), places + 2L)),
    c(n, rows$shape)
  )
}

# `$data` of simulations: an array with a leading simulation dimension, or an unnamed list of arrays of one shape.
array_rows_of <- function(data, arg, call) {
  if (is.list(data) && !is.data.frame(data) && length(data) > 0) {
    return(listed_arrays(data, arg, call))
  }
  shape <- dim(data)[-1]
  if (!is_number(data) || !length(shape) %in% 1:3 || length(data) == 0) {
    must <- "an array with a leading simulation dimension and one to three more"
    abort_argument(data, arg, must, call)
  }
  array_block(data, as.integer(shape))
}

listed_arrays <- function(data, arg, call) {
  shapes <- lapply(seq_along(data), function(i) {
    shape <- shape_of_array(data[[i]])
    if (is.null(shape)) {
      must <- "an array of one to three dimensions"
      abort_argument(data[[i]], sprintf("%s[[%d]]", arg, i), must, call)
    }
    shape
  })
  odd <- which(!vapply(shapes, identical, NA, shapes[[1]]))
  if (length(odd) > 0) {
    amortflow_abort(
      sprintf(
        "All data sets must be arrays of one shape: `%s[[1]]` is %s, `%s[[%d]]` is %s.",
        arg, shown_shape(shapes[[1]]), arg, odd[[1]], shown_shape(shapes[[odd[[1]]]])
      ),
      "argument",
      index = odd, call = call
    )
  }
  bind_rows(lapply(data, function(one) array_block(one, shapes[[1]])))
}

# What one call of a simulator gives.
output_array <- function(output) {
  shape <- shape_of_array(output)
  if (is.null(shape)) {
    abort_output(describe_value(output), "an array of one to three dimensions")
  }
  array_block(output, shape)
}

# What a vectorized simulator gives for `n` simulations.
output_arrays <- function(output, n) {
  if (is.list(output) && !is.data.frame(output)) {
    if (length(output) != n) {
      abort_output(describe_value(output), sprintf("a list of %d data sets", n))
    }
    blocks <- lapply(unname(output), output_array)
    same <- vapply(blocks, \(block) identical(block$shape, blocks[[1]]$shape), NA)
    if (!all(same)) {
      abort_output("arrays of several shapes", "one shape for all data sets")
    }
    return(bind_rows(blocks))
  }
  shape <- as.integer(dim(output)[-1])
  if (!is_number(output) || !length(shape) %in% 1:3 || length(output) == 0) {
    abort_output(describe_value(output), "an array (simulation, dimensions of one data set)")
  }
  if (nrow(output) != n) {
    abort_output(describe_value(output), sprintf("a leading dimension of %d simulations", n))
  }
  array_block(output, shape)
}

# The shape of what a C++ simulator gives: its positions x variables are the grid.
compiled_shape <- function(size) {
  as.integer(if (size$variables > 1) c(size$positions, size$variables) else size$positions)
}

# Rows of a C++ simulator, positions x variables, as those of an array.
tall_rows <- function(rows) {
  list(
    values = matrix(as.vector(t(rows$values)), ncol = 1),
    lengths = rows$lengths * ncol(rows$values)
  )
}

# Names of the numbers of one data set, in R's order: x[1,1], x[2,1], ...
array_names <- function(stem, shape) element_names(stem, shape)

check_drawn_shapes <- function(blocks, spec) {
  for (k in seq_along(blocks)) {
    expected <- spec$observables[[k]]$shape
    if (!is.null(expected) && !identical(as.integer(blocks[[k]]$shape), as.integer(expected))) {
      amortflow_abort(
        sprintf(
          "The simulator must give arrays of one shape, but gave %s after %s.",
          shown_shape(blocks[[k]]$shape), shown_shape(expected)
        ),
        "simulator"
      )
    }
  }
  blocks
}

# The one data set of a block as the simulator gives it.
one_array <- function(rows) {
  values <- as.vector(block_array(rows))
  if (length(rows$shape) > 1) array(values, rows$shape) else values
}
