# The numbers of `newdata`: one table with its columns in the fit's order, all
# of them finite, in lengths that the fit knows.

read_table <- function(x, what, form, call) {
  given <- x
  if (is.data.frame(x)) {
    x <- number_named_groups(x, form)
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
    abort_form(given, what, form, call)
  }
  storage.mode(x) <- "double"
  dimnames(x) <- if (!is.null(form$names)) list(NULL, form$names)
  x
}

# Factors, dates and durations are numbers inside, but not the user's.
is_plain_number <- function(x) {
  (is.numeric(x) || is.logical(x)) && !inherits(x, "integer64")
}

check_plain <- function(x, what, call) {
  if (is.atomic(x) && is.object(x) && !is_plain_number(x)) {
    abort_newdata(
      sprintf("%s must hold numbers, not be %s.", what, describe_value(x)),
      call,
      hint = "Convert it, for instance by as.numeric(), if its numbers are meant."
    )
  }
}

check_numeric_columns <- function(x, what, call) {
  good <- vapply(x, is_plain_number, NA)
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
  # What adapt_missing() fills in may be missing, but not infinite.
  fine <- is.finite(sets$rows$values)
  fine[, form$may_miss] <- !is.infinite(sets$rows$values[, form$may_miss])
  bad <- which(!fine, arr.ind = TRUE)
  if (nrow(bad) == 0) {
    return()
  }
  row <- bad[1, 1]
  set <- findInterval(row, cumsum(c(1, sets$rows$lengths)))
  column <- form$names[bad[1, 2]] %||% bad[1, 2]
  place <- if (form$observed == "vector") {
    sprintf("data set %d, variable %s", set, column)
  } else if (form$observed == "array") {
    place <- row - sum(sets$rows$lengths[seq_len(set - 1)])
    sprintf("data set %d, element %s", set, element_of_array(place, bad[1, 2], form$shape))
  } else {
    position <- row - sum(sets$rows$lengths[seq_len(set - 1)])
    sprintf("data set %d, position %d, variable %s", set, position, column)
  }
  abort_newdata(
    sprintf(
      "%s must be finite, but %s missing or infinite (first: %s).",
      form$what, if (nrow(bad) == 1) "1 value is" else paste(nrow(bad), "values are"), place
    ),
    call,
    hint = "Leave such positions out where the model allows another length, or impute them.",
    places = bad
  )
}

# "`newdata`", or which of its data sets.
describe_set <- function(sets, i, form) {
  if (!sets$many) {
    return(form$what)
  }
  name <- if (is.null(sets$ids)) i else dQuote(sets$ids[[i]], FALSE)
  sprintf("Data set %s of %s", name, form$what)
}

check_lengths <- function(sets, form, call) {
  if (form$observed %in% c("vector", "array")) {
    return()
  }
  lengths <- sets$rows$lengths
  # Of exchangeable data the networks see no more than a subsample.
  most <- if (form$subsample > 0) form$subsample else Inf
  low <- min(form$n_obs)
  high <- max(form$n_obs)
  outside <- which(
    lengths == 0 | pmin(lengths, most) < pmin(low, most) | pmin(lengths, most) > high
  )
  if (length(outside) == 0) {
    return()
  }
  worst <- c(outside[lengths[outside] == 0], outside)[[1]]
  place <- describe_set(sets, worst, form)
  if (lengths[[worst]] == 0) {
    abort_newdata(paste(place, "must have at least one position, not 0."), call)
  }
  trained <- if (low == high) low else sprintf("%d to %d", low, high)
  if (form$fixed_length) {
    abort_length(place, lengths[[worst]], trained, call)
  }
  warn_length(place, lengths[[worst]], trained, call)
}

abort_length <- function(place, length, trained, call) {
  abort_newdata(
    sprintf(
      "%s must have %s positions, as in training, not %d.",
      place, trained, length
    ),
    call,
    hint = "Train with simulations of this length: a network knows no other."
  )
}

warn_length <- function(place, length, trained, call) {
  amortflow_warn(
    sprintf(
      "%s has %d positions, but the fit was trained with %s.",
      place, length, trained
    ),
    "newdata",
    hint = "The posterior is an extrapolation; train with simulations of such sizes.",
    call = call
  )
}
