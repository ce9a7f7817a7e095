# Data variables that take few values, and counts, in the role of what is learned.
#
# Categorical variables come to the networks as the number of their level from 0, counts k as k + u with u uniform on
# (0, 1): the density of k + u, integrated over (k, k + 1), is the probability of k (Uria, Murray and Larochelle 2013).

# More than two values are levels if they are few and neither the least nor the greatest is rare: beyond rare ones
# others may come.
most_categories <- 20
least_end_share <- 0.05

#' Which variables are discrete
#'
#' @param discrete As the user gave it: "auto", `NULL`, or a named list.
#' @param values Matrix of pilot data, columns named.
#' @return List of `levels` (named list of numeric vectors) and `counts` (names).
#' @noRd
discrete_roles <- function(discrete, values, call) {
  if (is.null(discrete)) {
    return(list(levels = list(), counts = character()))
  }
  if (!identical(discrete, "auto")) {
    return(given_discrete(discrete, colnames(values), call))
  }
  found <- apply(values, 2, discrete_kind, simplify = FALSE)
  levels <- Filter(is.numeric, found)
  list(levels = levels, counts = names(Filter(is.character, found)))
}

# Levels, "count", or NULL for a continuous variable.
discrete_kind <- function(x) {
  x <- x[is.finite(x)]
  if (length(x) == 0 || any(x != trunc(x))) {
    return(NULL)
  }
  table <- table(x)
  levels <- as.numeric(names(table))
  ends <- table[c(1, length(table))] / length(x)
  few <- length(levels) <= 2 || length(levels) <= most_categories && all(ends >= least_end_share)
  # Values in between may come too.
  if (!few) "count" else if (length(levels) <= 2) levels else seq(min(levels), max(levels))
}

given_discrete <- function(discrete, variables, call) {
  is_kind <- function(x) {
    identical(x, "count") || is.numeric(x) && length(x) > 0 && all(is.finite(x)) && !anyDuplicated(x)
  }
  good <- is.list(discrete) && all(names(discrete) %in% variables) &&
    length(names(discrete)) == length(discrete) && all(vapply(discrete, is_kind, NA))
  if (!good) {
    must <- sprintf(
      "\"auto\", NULL, or a named list with the levels of data variables (%s), or \"count\"",
      shown_names(variables)
    )
    abort_argument(discrete, "discrete", must, call)
  }
  counts <- vapply(discrete, is.character, NA)
  list(levels = lapply(discrete[!counts], sort), counts = names(discrete)[counts])
}

#' Rows of data as the networks learn them
#'
#' @param values Matrix with the columns of `roles$variables`.
#' @param roles See exchanged_roles().
#' @param shift Matrix (row, count variable) of numbers in (0, 1).
#' @return The matrix, with `NA` where a value is no level.
#' @noRd
code_rows <- function(values, roles, shift) {
  for (name in names(roles$levels)) {
    j <- match(name, roles$variables)
    values[, j] <- match(values[, j], roles$levels[[name]]) - 1
  }
  j <- match(roles$counts, roles$variables)
  values[, j] <- values[, j] + shift
  values
}

#' Back from what the networks drew
#' @noRd
decode_rows <- function(values, roles) {
  for (name in names(roles$levels)) {
    j <- match(name, roles$variables)
    values[, j] <- roles$levels[[name]][values[, j] + 1]
  }
  for (name in roles$counts) {
    j <- match(name, roles$variables)
    # Below the least count there is a little mass left, see coded_support().
    values[, j] <- pmax(floor(values[, j]), roles$support$lower[[name]] + 1)
  }
  values
}

#' Numbers in (0, 1) that fill the cube evenly
#'
#' Rows `index` of the additive recurrence on powers of the generalised golden ratio (Roberts 2018): the same whatever
#' is asked for beside them.
#' @noRd
even_numbers <- function(index, dimension) {
  if (dimension == 0) {
    return(matrix(numeric(), length(index), 0))
  }
  ratio <- 2
  for (k in seq_len(64)) ratio <- (1 + ratio)^(1 / (dimension + 1))
  at <- outer(index, ratio^-seq_len(dimension)) + 0.5
  # Open at both ends, also after rounding.
  pmin(pmax(at %% 1, 1e-9), 1 - 1e-9)
}

# Nodes at which the density of a count is integrated.
count_nodes <- function(roles) {
  dimension <- length(roles$counts)
  count <- if (dimension == 0) 1 else 8 * dimension
  if (dimension == 1) matrix((seq_len(count) - 0.5) / count) else even_numbers(seq_len(count), dimension)
}

refuse_unknown_level <- function(coded, values, roles, call) {
  at <- which(is.na(coded) & !is.na(values), arr.ind = TRUE)
  if (nrow(at) == 0) {
    return(invisible())
  }
  name <- roles$variables[[at[[1, 2]]]]
  amortflow_abort(
    sprintf(
      "\"%s\" must be one of its levels %s, but the simulator gave %s.",
      name, shown_list(roles$levels[[name]], 8), format(values[at[[1, 1]], at[[1, 2]]])
    ),
    "argument",
    hint = sprintf("Say which there are, or that they are counts: discrete = list(%s = \"count\").", name),
    arg = "discrete", call = call
  )
}
