# Parameters whose elements hang together, such as a simplex, are fewer free
# numbers on the networks' scale: one step of the adapter per such parameter.

shape_kinds <- c(
  "simplex", "ordered", "correlation", "cholesky_corr", "covariance"
)

is_shape_step <- function(step) step$kind %in% shape_kinds

# How many free numbers a shape has.
free_size <- function(shape) {
  k <- shape$dim
  switch(shape$kind,
    simplex = k - 1,
    ordered = k,
    correlation = ,
    cholesky_corr = k * (k - 1) / 2,
    covariance = k * (k + 1) / 2
  )
}

# Columns that have no bounds of their own because the shape maps them. Those of
# an ordered vector have: an order of positive numbers is one of logarithms.
shape_columns <- function(shapes) {
  own <- Filter(function(shape) shape$kind != "ordered", shapes)
  unlist(lapply(own, `[[`, "columns"))
}

# Columns that say nothing of their own: constants, and elements above the
# diagonal of a symmetric or triangular matrix.
implied_columns <- function(shapes) {
  vectors <- c("simplex", "ordered")
  matrices <- Filter(function(shape) !shape$kind %in% vectors, shapes)
  unlist(lapply(matrices, function(shape) {
    index <- matrix(shape$columns, shape$dim, shape$dim)
    constant <- switch(shape$kind,
      correlation = index[row(index) == col(index)],
      cholesky_corr = index[[1]]
    )
    c(index[upper.tri(index)], constant)
  }))
}

#' Steps that free the shapes of a support, one after the other
#'
#' @param shapes List of `kind`, `columns` and `dim`, in the order of their
#'   columns. Each step takes columns away, which moves those behind it.
#' @noRd
shape_steps <- function(shapes) {
  removed <- 0
  lapply(unname(shapes), function(shape) {
    step <- list(
      kind = shape$kind, columns = shape$columns - removed, dim = shape$dim
    )
    removed <<- removed + length(shape$columns) - free_size(shape)
    step
  })
}

# Is this a shape whose columns stand side by side within `columns`?
is_shape <- function(shape, columns) {
  holds(
    is_plain_list(shape, c("kind", "columns", "dim")), is_text(shape$kind),
    shape$kind %in% shape_kinds, is_whole(shape$dim, lower = 1),
    is_whole(shape$columns, length(shape$columns), 1),
    length(shape$columns) == shape_size(shape),
    all(diff(shape$columns) == 1), max(shape$columns) <= columns
  )
}

shape_size <- function(shape) {
  if (shape$kind %in% c("simplex", "ordered")) shape$dim else shape$dim^2
}

# Free numbers take the place of a shape's columns: names and formulas so far.
free_shape <- function(table, step) {
  first <- step$columns[[1]]
  before <- table[seq_len(first - 1), ]
  after <- table[-seq_len(first + length(step$columns) - 1), ]
  stem <- sub("\\[.*$", "", table$name[[first]])
  free <- data.frame(
    name = sprintf("%s{%d}", stem, seq_len(free_size(step))),
    formula = shape_formula(step, table$formula[[first]])
  )
  rbind(before, free[seq_len(free_size(step)), ], after)
}

shape_formula <- function(step, before) {
  formula <- switch(step$kind,
    simplex = "stick-breaking",
    ordered = c("", rep("log distance to the one before", step$dim - 1)),
    correlation = "atanh of partial correlations",
    cholesky_corr = "atanh of partial correlations",
    covariance = "log-Cholesky factor"
  )
  formula <- rep_len(formula, free_size(step))
  ifelse(
    nzchar(before) & nzchar(formula),
    paste(before, formula, sep = ", then "), paste0(before, formula)
  )
}
