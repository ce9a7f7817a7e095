# Context values of observed data sets: a named list or vector, a data frame or a
# matrix with one row per data set.

#' @param spec A fit's spec: `context` names the values, as Stan names elements.
#' @param sets As read_newdata() makes them so far.
#' @param may_miss Places in the spec's context of values that may be missing.
#' @return Matrix (data set, context value) in the order of the spec.
#' @noRd
read_context <- function(spec, context, sets, call, may_miss = numeric()) {
  expected <- spec$context
  if (length(expected) == 0) {
    refuse_context(context, call)
    return(matrix(numeric(), sets$n, 0))
  }
  table <- context_columns(context, expected, sets$n, call)
  if ("n_obs" %in% expected && !"n_obs" %in% names(table)) {
    table$n_obs <- sets$data[[1]]$lengths
  }
  check_context_given(names(table), expected, call)
  columns <- lapply(expected, function(name) {
    context_column(table[[name]], name, sets$n, call, match(name, expected) %in% may_miss)
  })
  matrix(
    unlist(columns), sets$n, length(expected),
    dimnames = list(NULL, expected)
  )
}

refuse_context <- function(context, call) {
  if (!is.null(context)) {
    amortflow_abort(
      "`context` must be NULL: this fit was trained without context.",
      "context",
      hint = "Leave `context` out.", call = call
    )
  }
}

# Named list with one entry per scalar value: `dose` of length 3 becomes
# `dose[1]`, `dose[2]`, `dose[3]`.
context_columns <- function(context, expected, n, call) {
  if (is.null(context)) {
    return(list())
  }
  if (is.matrix(context)) {
    context <- as.data.frame(context, optional = TRUE)
  }
  context <- as.list(context)
  if (length(context) > 0 && !rlang::is_named(context)) {
    amortflow_abort(
      sprintf(
        "`context` must be a named list or a data frame, not %s.",
        describe_value(context)
      ),
      "context",
      call = call
    )
  }
  refuse_given_twice(names(context), call)
  columns <- do.call(c, lapply(names(context), function(name) {
    split_elements(context[[name]], name, expected, n, call)
  }))
  refuse_given_twice(names(columns), call)
  columns
}

refuse_given_twice <- function(names, call) {
  twice <- names[duplicated(names)]
  if (length(twice) > 0) {
    amortflow_abort(
      sprintf("Context `%s` must be given once, not several times.", twice[[1]]),
      "context",
      call = call
    )
  }
}

# A row of elements per data set, or elements that all data sets share.
split_elements <- function(value, name, expected, n, call) {
  elements <- if (name %in% expected) {
    name
  } else {
    expected[sub("\\[[0-9,]+\\]$", "", expected) == name]
  }
  count <- length(elements)
  # One number, or a name that is not known and soon refused.
  if (name %in% expected || count == 0) {
    return(rlang::set_names(list(value), name))
  }
  size <- dim(value)
  by_set <- length(size) > 1 && size[[1]] == n && length(value) == n * count
  by_set <- by_set || (count == 1 && length(value) == n)
  if (!is.numeric(value) || !(by_set || length(value) == count)) {
    abort_context_size(value, name, count, n, call)
  }
  columns <- if (by_set) {
    rows <- matrix(value, n)
    lapply(seq_len(count), function(j) rows[, j])
  } else {
    as.list(as.vector(value))
  }
  rlang::set_names(columns, elements)
}

abort_context_size <- function(value, name, count, n, call) {
  amortflow_abort(
    sprintf(
      "Context `%s` must be %d number%s (or %s), not %s.", name, count,
      if (count == 1) "" else "s",
      if (n == 1) {
        sprintf("n x %d for n data sets", count)
      } else {
        sprintf("%d x %d for the %d data sets", n, count, n)
      },
      describe_value(value)
    ),
    "context",
    call = call
  )
}

check_context_given <- function(given, expected, call) {
  if (setequal(given, expected)) {
    return(invisible())
  }
  amortflow_abort(
    sprintf(
      "`context` must give %s, not %s.", shown_names(expected),
      if (length(given) == 0) "nothing" else shown_names(given)
    ),
    "context",
    hint = paste(c(
      if (length(setdiff(expected, given))) {
        sprintf("Missing: %s.", shown_names(setdiff(expected, given)))
      },
      if (length(setdiff(given, expected))) {
        sprintf("Not known: %s.", shown_names(setdiff(given, expected)))
      }
    ), collapse = " "),
    call = call
  )
}

context_column <- function(value, name, n, call, may_miss = FALSE) {
  fine <- is.finite(value) | (may_miss & is.na(value))
  if (!is_number(value) || !length(value) %in% c(1, n) || !all(fine)) {
    amortflow_abort(
      sprintf(
        "Context `%s` must be one finite number, or one for each of the %d data sets, not %s.",
        name, n, describe_value(value)
      ),
      "context",
      call = call
    )
  }
  rep_len(as.double(value), n)
}
