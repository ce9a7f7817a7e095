# Draws of many posteriors: an array (draw, data set, variable) with a class.

#' Draws from the posteriors of many data sets
#'
#' What [sample_posterior()] gives for many data sets: a numeric array (draw,
#' data set, variable) of class `amortflow_draws`. `length()` counts the data
#' sets, `dim()` is the array's. `draws[[i]]` is the posterior of data set `i`
#' (a number, or its label where `by =` gave one) as a
#' [posterior::draws_array()] with one chain; `draws[i]` keeps some of the data
#' sets, as `head()` and `tail()` do; `c()` joins draws of the same fit, as many
#' from each. `lapply()` and the like go over data sets. Draws are what a fit
#' gave, so they cannot be assigned to; `unclass(draws)` is the bare array.
#'
#' @param x,.x,object An `amortflow_draws` object.
#' @param i Numbers or labels of data sets.
#' @param n Whole number of data sets; if negative, all but so many.
#' @param name,value Not used: draws cannot be assigned to.
#' @param ... For `summarise_draws()`: summary functions, as for
#'   [posterior::summarise_draws()]; by default mean, median, sd, mad and the 5 %
#'   and 95 % quantiles (convergence measures say nothing about independent
#'   draws). For `c()`: more `amortflow_draws`. For `str()`: as for
#'   [utils::str()]. Elsewhere empty.
#' @param row.names,optional,stringsAsFactors As for [as.data.frame()];
#'   `optional` is not used.
#' @return
#' * `x[[i]]`: a `draws_array`; `x[i]`, `head(x)`, `tail(x)`, `c(x, ...)`: an
#'   `amortflow_draws`.
#' * `as.list(x)`: a list of `draws_array`, named where data sets have labels.
#' * `as.data.frame(x)`: one row per data set and draw, with columns
#'   `.data_set` (number or label), `.draw` and one per variable.
#' * `as_draws_rvars(x)`: random variables with the data sets as first
#'   dimension; `theta[1]`, `theta[2]` become one variable `theta` with
#'   dimensions (data set, 2).
#' * `summarise_draws(x)`, `summary(x)`: a data frame with columns `.data_set`,
#'   `variable` and one per summary.
#' @section Errors:
#' `amortflow_error_argument` if a data set does not exist, on assignment, and if
#' `c()` gets something else, or draws of other variables or another number.
#' @examples
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("two_moons"),
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' draws <- sample_posterior(fit, matrix(0, 3, 2), ndraws = 100, seed = 1)
#' length(draws)
#' summarise_draws(draws)
#' head(as.data.frame(draws))
#' }
#' @name amortflow_draws
NULL

new_draws <- function(values) {
  structure(values, class = "amortflow_draws")
}

# The posterior of data set `i` of an array (draw, data set, variable).
one_posterior <- function(values, i) {
  n <- dim(values)
  refinement <- attr(values, "refinement")[i, ]
  chains <- refinement$chains %||% 1
  draws <- posterior::as_draws_array(array(
    unclass(values)[, i, ], c(n[[1]] / chains, chains, n[[3]]),
    dimnames = list(NULL, NULL, dimnames(values)[[3]])
  ))
  structure(
    draws,
    class = c("amortflow_posterior", class(draws)), refinement = refinement
  )
}

set_labels <- function(x) {
  dimnames(x)[[2]] %||% seq_len(dim(x)[[2]])
}

set_index <- function(x, i, call = rlang::caller_env()) {
  labels <- dimnames(x)[[2]]
  index <- if (is.character(i)) match(i, labels) else {
    seq_len(dim(x)[[2]])[i]
  }
  if (length(index) == 0 || anyNA(index)) {
    abort_argument(
      i, "i", sprintf("among the %d data sets", dim(x)[[2]]), call
    )
  }
  index
}

#' @rdname amortflow_draws
#' @export
length.amortflow_draws <- function(x) {
  dim(x)[[2]]
}

#' @rdname amortflow_draws
#' @export
`[[.amortflow_draws` <- function(x, i, ...) {
  assert_no_dots(...)
  index <- set_index(x, i)
  if (length(index) != 1) {
    abort_argument(i, "i", "one data set", rlang::current_env())
  }
  one_posterior(x, index)
}

#' @rdname amortflow_draws
#' @export
`[.amortflow_draws` <- function(x, i, ...) {
  assert_no_dots(...)
  index <- if (missing(i)) seq_len(dim(x)[[2]]) else set_index(x, i)
  part_of_draws(x, index)
}

#' @rdname amortflow_draws
#' @export
as.list.amortflow_draws <- function(x, ...) {
  assert_no_dots(...)
  sets <- lapply(seq_len(dim(x)[[2]]), \(i) one_posterior(x, i))
  stats::setNames(sets, dimnames(x)[[2]])
}

#' @rdname amortflow_draws
#' @export
head.amortflow_draws <- function(x, n = 6L, ...) {
  assert_no_dots(...)
  part_of_draws(x, utils::head(seq_len(dim(x)[[2]]), assert_number(n)))
}

#' @rdname amortflow_draws
#' @export
tail.amortflow_draws <- function(x, n = 6L, ...) {
  assert_no_dots(...)
  part_of_draws(x, utils::tail(seq_len(dim(x)[[2]]), assert_number(n)))
}

# The data sets of these numbers, which may be none.
part_of_draws <- function(x, index) {
  part <- unclass(x)[, index, , drop = FALSE]
  attr(part, "refinement") <- attr(x, "refinement")[index, ]
  new_draws(part)
}

#' @rdname amortflow_draws
#' @export
str.amortflow_draws <- function(object, ...) {
  cat("'amortflow_draws' (draw, data set, variable)")
  utils::str(unclass(object), ...)
}

#' @rdname amortflow_draws
#' @export
c.amortflow_draws <- function(...) {
  parts <- list(...)
  call <- rlang::current_env()
  lapply(parts, assert_joinable, first = parts[[1]], call = call)
  counts <- vapply(parts, length, integer(1))
  n <- dim(parts[[1]])
  labels <- lapply(parts, \(x) dimnames(x)[[2]])
  labelled <- !any(vapply(labels, is.null, NA))
  joined <- array(NA_real_, c(n[[1]], sum(counts), n[[3]]), list(
    NULL, if (labelled) unlist(labels), dimnames(parts[[1]])[[3]]
  ))
  last <- cumsum(counts)
  for (k in seq_along(parts)) {
    joined[, seq_len(counts[[k]]) + last[[k]] - counts[[k]], ] <-
      unclass(parts[[k]])
  }
  attr(joined, "refinement") <- joined_refinement(parts)
  new_draws(joined)
}

# Of refined draws alone; what was not refined has nothing to tell.
joined_refinement <- function(parts) {
  all <- lapply(parts, attr, "refinement")
  if (!any(vapply(all, is.null, NA))) do.call(rbind, all)
}

assert_joinable <- function(x, first, call) {
  if (!inherits(x, "amortflow_draws")) {
    amortflow_abort(
      sprintf("Draws must be joined to draws, not to %s.", describe_value(x)),
      "argument",
      value = x, call = call
    )
  }
  same <- dim(x)[[1]] == dim(first)[[1]] &&
    identical(dimnames(x)[[3]], dimnames(first)[[3]])
  if (!same) {
    amortflow_abort(
      sprintf(
        "Draws to join must be %s, not %s.",
        describe_draws(first), describe_draws(x)
      ),
      "argument",
      hint = "Only draws of the same fit with the same `ndraws` can be joined.",
      call = call
    )
  }
}

describe_draws <- function(x) {
  sprintf("%d draws of %s", dim(x)[[1]], shown_names(dimnames(x)[[3]]))
}

refuse_assignment <- function(call = rlang::caller_env()) {
  amortflow_abort(
    "Draws must stay as the fit gave them: they cannot be assigned to.",
    "argument",
    hint = "unclass(draws) is a plain array (draw, data set, variable).",
    call = call
  )
}

#' @rdname amortflow_draws
#' @export
`[[<-.amortflow_draws` <- function(x, i, ..., value) {
  refuse_assignment()
}

#' @rdname amortflow_draws
#' @export
`[<-.amortflow_draws` <- function(x, i, ..., value) {
  refuse_assignment()
}

#' @rdname amortflow_draws
#' @export
`$<-.amortflow_draws` <- function(x, name, value) {
  refuse_assignment()
}

#' @rdname amortflow_draws
#' @export
as.data.frame.amortflow_draws <- function(x, row.names = NULL,
                                          optional = FALSE, ...,
                                          stringsAsFactors = FALSE) {
  assert_no_dots(...)
  n <- dim(x)
  values <- matrix(
    as.vector(unclass(x)), n[[1]] * n[[2]], n[[3]],
    dimnames = list(NULL, dimnames(x)[[3]])
  )
  places <- data.frame(
    .data_set = rep(set_labels(x), each = n[[1]]),
    .draw = rep(seq_len(n[[1]]), n[[2]]),
    stringsAsFactors = stringsAsFactors
  )
  result <- cbind(places, as.data.frame(values, optional = TRUE))
  if (!is.null(row.names)) {
    attr(result, "row.names") <- row.names
  }
  result
}

#' @rdname amortflow_draws
#' @export
as_draws.amortflow_draws <- function(x, ...) {
  as_draws_rvars.amortflow_draws(x, ...)
}

#' @rdname amortflow_draws
#' @export
as_draws_rvars.amortflow_draws <- function(x, ...) {
  assert_no_dots(...)
  names <- dimnames(x)[[3]]
  stems <- sub("\\[.*$", "", names)
  groups <- lapply(unique(stems), \(stem) which(stems == stem))
  parts <- lapply(groups, \(columns) rvar_of(x, columns))
  do.call(posterior::draws_rvars, do.call(c, parts))
}

# Variables with one stem as a list of one random variable (data set, ...), or
# of one for each where their brackets do not fill a box.
rvar_of <- function(x, columns) {
  values <- unclass(x)[, , columns, drop = FALSE]
  names <- dimnames(values)[[3]]
  n <- dim(values)
  size <- box_size(names)
  if (is.null(size)) {
    each <- lapply(seq_along(columns), function(j) {
      posterior::rvar(matrix(values[, , j], n[[1]], n[[2]]))
    })
    return(stats::setNames(each, names))
  }
  # First index runs fastest, as in R's arrays.
  order <- do.call(base::order, rev(as.data.frame(bracket_indices(names))))
  box <- array(values[, , order], c(n[[1]], n[[2]], size))
  stats::setNames(
    list(posterior::rvar(box)), sub("\\[.*$", "", names[[1]])
  )
}

# Matrix (variable, dimension) of the numbers in brackets, NA where there are
# none.
bracket_indices <- function(names) {
  inside <- ifelse(
    grepl("\\[[0-9, ]+\\]$", names), sub("^.*\\[(.*)\\]$", "\\1", names),
    NA_character_
  )
  parts <- strsplit(inside, ",", fixed = TRUE)
  if (anyNA(inside) || length(unique(lengths(parts))) != 1) {
    return(matrix(NA_integer_, length(names), 1))
  }
  matrix(as.integer(unlist(parts)), length(names), byrow = TRUE)
}

box_size <- function(names) {
  indices <- bracket_indices(names)
  if (anyNA(indices)) {
    return(NULL)
  }
  size <- apply(indices, 2, max)
  if (prod(size) == length(names) && !anyDuplicated(indices)) size
}

#' @rdname amortflow_draws
#' @export
summarise_draws.amortflow_draws <- function(.x, ...) {
  n <- dim(.x)
  flat <- array(
    unclass(.x), c(n[[1]], 1, n[[2]] * n[[3]]),
    dimnames = list(NULL, NULL, sprintf("q%d", seq_len(n[[2]] * n[[3]])))
  )
  flat <- posterior::as_draws_array(flat)
  result <- if (...length()) {
    posterior::summarise_draws(flat, ...)
  } else {
    do.call(
      posterior::summarise_draws,
      c(list(flat), posterior::default_summary_measures())
    )
  }
  result$variable <- rep(dimnames(.x)[[3]], each = n[[2]])
  sets <- rep(set_labels(.x), n[[3]])
  result <- cbind(.data_set = sets, as.data.frame(result))
  result <- result[order(match(sets, set_labels(.x))), , drop = FALSE]
  rownames(result) <- NULL
  result
}

#' @rdname amortflow_draws
#' @export
summary.amortflow_draws <- function(object, ...) {
  summarise_draws.amortflow_draws(object, ...)
}

#' @rdname amortflow_draws
#' @export
ndraws.amortflow_draws <- function(x) {
  dim(x)[[1]]
}

#' @rdname amortflow_draws
#' @export
variables.amortflow_draws <- function(x, ...) {
  dimnames(x)[[3]]
}

#' @rdname amortflow_draws
#' @export
print.amortflow_draws <- function(x, ...) {
  assert_no_dots(...)
  n <- dim(x)
  cat(sprintf(
    "<amortflow_draws> %d draws of %d variables for each of %d data sets\n",
    n[[1]], n[[3]], n[[2]]
  ))
  if (n[[2]] == 0) {
    return(invisible(x))
  }
  shown <- utils::head(set_labels(x), max(1, 10 %/% n[[3]]))
  print(
    summarise_draws(x[seq_along(shown)]),
    digits = 3, row.names = FALSE
  )
  if (length(shown) < n[[2]]) {
    cat(sprintf(
      "... and %d more data sets; x[[i]] is one posterior, summarise_draws(x) all.\n",
      n[[2]] - length(shown)
    ))
  }
  invisible(x)
}
