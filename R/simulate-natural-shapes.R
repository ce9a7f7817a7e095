# Between the columns of a matrix of parameters and a named list in natural
# shapes: scalars, vectors, arrays.

# Names of the elements of one parameter, in the order of the core.
element_names <- function(name, dim) {
  if (is.null(dim)) {
    return(name)
  }
  index <- expand.grid(lapply(dim, seq_len))
  sprintf("%s[%s]", name, do.call(paste, c(unname(index), sep = ",")))
}

# Which columns belong to which parameter.
parameter_columns <- function(dims) {
  sizes <- vapply(dims, function(dim) {
    as.integer(if (is.null(dim)) 1 else prod(dim))
  }, integer(1))
  ends <- cumsum(sizes)
  Map(function(size, end) seq(end - size + 1L, end), sizes, ends)
}

# One row as a named list.
natural_row <- function(row, dims, columns) {
  row <- unname(row)
  Map(function(dim, column) {
    value <- row[column]
    if (length(dim) > 1) array(value, dim) else value
  }, dims, columns)
}

# All rows: every element has a leading simulation dimension.
natural_rows <- function(parameters, dims, columns) {
  Map(function(dim, column) {
    value <- unname(parameters[, column, drop = FALSE])
    if (is.null(dim)) as.vector(value) else array(value, c(nrow(value), dim))
  }, dims, columns)
}
