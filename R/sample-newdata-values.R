# The numbers of `newdata`: one table with its columns in the fit's order, all
# of them finite, in lengths that the fit knows.

read_table <- function(x, what, form, call) {
  if (is.data.frame(x)) {
    check_numeric_columns(x, what, call)
    x <- as.matrix(x)
  }
  if (!is.numeric(x) && !is.logical(x)) {
    abort_newdata(
      sprintf("%s must hold numbers, not values of type %s.", what, typeof(x)),
      call
    )
  }
  if (!is.null(colnames(x)) && !is.null(form$names)) {
    x <- match_columns(x, what, form, call)
  } else if (ncol(x) != form$columns) {
    abort_form(x, what, form, call)
  }
  storage.mode(x) <- "double"
  dimnames(x) <- if (!is.null(form$names)) list(NULL, form$names)
  x
}

check_numeric_columns <- function(x, what, call) {
  good <- vapply(x, \(column) is.numeric(column) || is.logical(column), NA)
  if (!all(good)) {
    bad <- names(x)[!good]
    abort_newdata(
      sprintf(
        "%s must hold numbers, but column \"%s\" is %s.",
        what, bad[[1]], describe_value(x[[bad[[1]]]])
      ),
      call,
      hint = "Drop or convert it; `by =` names a column that tells data sets apart."
    )
  }
}

match_columns <- function(x, what, form, call) {
  # A name for the only variable is a matter of taste.
  if (form$columns == 1 && ncol(x) == 1) {
    return(x)
  }
  given <- colnames(x)
  if (!setequal(given, form$names) || length(given) != length(form$names)) {
    abort_newdata(
      sprintf(
        "%s must have the variables %s, not %s.",
        what, shown_names(form$names), shown_names(given)
      ),
      call,
      hint = difference_hint(given, form$names),
      expected = form$names, given = given
    )
  }
  x[, form$names, drop = FALSE]
}

difference_hint <- function(given, expected) {
  missing <- setdiff(expected, given)
  extra <- setdiff(given, expected)
  if (anyDuplicated(given)) {
    return("A name stands there twice.")
  }
  paste(c(
    if (length(missing)) sprintf("Missing: %s.", shown_names(missing)),
    if (length(extra)) sprintf("Not known: %s.", shown_names(extra)),
    "Names are checked because both sides have them; unname() goes by position."
  ), collapse = " ")
}

check_finite <- function(sets, form, call) {
  bad <- which(!is.finite(sets$rows$values), arr.ind = TRUE)
  if (nrow(bad) == 0) {
    return()
  }
  row <- bad[1, 1]
  set <- findInterval(row, cumsum(c(1, sets$rows$lengths)))
  column <- form$names[bad[1, 2]] %||% bad[1, 2]
  place <- if (form$observed == "vector") {
    sprintf("data set %d, variable %s", set, column)
  } else {
    position <- row - sum(sets$rows$lengths[seq_len(set - 1)])
    sprintf("data set %d, position %d, variable %s", set, position, column)
  }
  abort_newdata(
    sprintf(
      "`newdata` must be finite, but %s missing or infinite (first: %s).",
      if (nrow(bad) == 1) "1 value is" else paste(nrow(bad), "values are"), place
    ),
    call,
    hint = "Leave such positions out where the model allows another length, or impute them.",
    places = bad
  )
}

check_lengths <- function(lengths, form, call) {
  if (form$observed == "vector") {
    return()
  }
  if (any(lengths == 0)) {
    abort_newdata("Each data set must have at least one position.", call)
  }
  low <- min(form$n_obs)
  high <- max(form$n_obs)
  outside <- lengths[lengths < low | lengths > high]
  if (length(outside) == 0) {
    return()
  }
  trained <- if (low == high) low else sprintf("%d to %d", low, high)
  message <- sprintf(
    "`newdata` has %d positions, but the fit was trained with %s.",
    outside[[1]], trained
  )
  if (form$observed == "series") {
    abort_newdata(
      message, call,
      hint = "Train with simulations of this length: a network knows no other."
    )
  }
  amortflow_warn(
    message, "newdata",
    hint = "The posterior is an extrapolation; train with simulations of such sizes.",
    call = call
  )
}
