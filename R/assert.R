# Checks of arguments: each returns its input (coerced where that is harmless) or raises `amortflow_error_argument`.

describe_value <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  # A classed value of length one (a factor, a date) prints as what it is not.
  if (is.atomic(x) && length(x) == 1 && !is.object(x)) {
    return(if (is.character(x)) dQuote(x, FALSE) else format(x, digits = 7))
  }
  shape <- if (is.null(dim(x))) {
    paste("length", length(x))
  } else {
    paste(dim(x), collapse = " x ")
  }
  kind <- if (is.data.frame(x)) "data frame" else class(x)[[1]]
  article <- if (grepl("^[aeiou]", kind)) "an" else "a"
  paste(article, kind, "of", shape)
}

abort_argument <- function(x, arg, must, call, hint = NULL) {
  amortflow_abort(
    sprintf("`%s` must be %s, not %s.", arg, must, describe_value(x)),
    "argument",
    hint = hint, arg = arg, value = x, call = call
  )
}

#' Refuse an argument that was left out
#'
#' R's own error would have no class, and come from deep inside. Being missing
#' is passed on through functions that hand `x` on as it is.
#'
#' @param must What the argument must be.
#' @noRd
assert_given <- function(x, must, arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  if (missing(x)) {
    amortflow_abort(
      sprintf("`%s` must be given: %s.", arg, must), "argument",
      arg = arg, call = call
    )
  }
}

assert_number <- function(x, lower = -Inf, upper = Inf,
                          arg = rlang::caller_arg(x),
                          call = rlang::caller_env()) {
  ok <- is.numeric(x) && length(x) == 1 && !is.na(x) && x >= lower && x <= upper
  if (!ok) {
    range <- if (is.finite(lower) || is.finite(upper)) {
      sprintf(" in [%s, %s]", format(lower), format(upper))
    } else {
      ""
    }
    abort_argument(x, arg, paste0("one number", range), call)
  }
  as.double(x)
}

assert_count <- function(x, lower = 1, upper = .Machine$integer.max,
                         arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  one <- is.numeric(x) && length(x) == 1 && !is.na(x)
  if (!one || x != trunc(x) || x < lower || x > upper) {
    # No need to tell of the largest integer to those who are not near it.
    tell_upper <- upper < .Machine$integer.max || (one && x > upper)
    must <- count_in_words(lower, if (tell_upper) upper)
    abort_argument(x, arg, must, call)
  }
  as.double(x)
}

count_in_words <- function(lower, upper) {
  if (!is.null(upper)) {
    return(sprintf("a whole number from %.0f to %.0f", lower, upper))
  }
  if (lower > 1) {
    return(sprintf("a whole number of at least %.0f", lower))
  }
  if (lower == 1) {
    "a positive whole number"
  } else {
    "a whole number that is not negative"
  }
}

assert_flag <- function(x, arg = rlang::caller_arg(x),
                        call = rlang::caller_env()) {
  if (!is.logical(x) || length(x) != 1 || is.na(x)) {
    abort_argument(x, arg, "TRUE or FALSE", call)
  }
  x
}

assert_string <- function(x, arg = rlang::caller_arg(x),
                          call = rlang::caller_env()) {
  assert_given(x, "one non-empty string", arg, call)
  if (!is.character(x) || length(x) != 1 || is.na(x) || !nzchar(x)) {
    abort_argument(x, arg, "one non-empty string", call)
  }
  x
}

assert_function <- function(x, arg = rlang::caller_arg(x),
                            call = rlang::caller_env()) {
  assert_given(x, "a function", arg, call)
  if (!is.function(x)) {
    abort_argument(x, arg, "a function", call)
  }
  x
}

assert_choice <- function(x, choices, arg = rlang::caller_arg(x),
                          call = rlang::caller_env()) {
  if (identical(x, choices)) {
    x <- choices[[1]]
  }
  if (!is.character(x) || length(x) != 1 || !x %in% choices) {
    must <- paste("one of", paste(dQuote(choices, FALSE), collapse = ", "))
    abort_argument(x, arg, must, call)
  }
  x
}

assert_class <- function(x, class, made_by, arg = rlang::caller_arg(x),
                         call = rlang::caller_env()) {
  assert_given(x, sprintf("made by %s", made_by), arg, call)
  if (!inherits(x, class)) {
    abort_argument(x, arg, sprintf("made by %s", made_by), call)
  }
  x
}

#' Refuse whatever landed in `...` of a function that has no use for it
#'
#' @param ... The `...` of the calling function; it is not evaluated.
#' @param known Names that could have been meant: the caller's arguments.
#' @noRd
assert_no_dots <- function(..., known = NULL, call = rlang::caller_env()) {
  given <- as.list(substitute(list(...)))[-1]
  if (length(given) == 0) {
    return(invisible())
  }
  known <- known %||% names(formals(sys.function(sys.parent())))
  abort_unknown(names(given) %||% rep("", length(given)), known, call)
}

abort_unknown <- function(given, known, call) {
  known <- setdiff(known, "...")
  unknown <- given[nzchar(given)]
  if (length(unknown) == 0) {
    amortflow_abort(
      sprintf("`...` must be empty, not hold %s.", describe_unnamed(length(given))),
      "argument",
      hint = known_hint(known), call = call
    )
  }
  amortflow_abort(
    sprintf(
      "Every argument must be known, but %s %s not.",
      shown_names(paste0("`", unknown, "`")),
      if (length(unknown) == 1) "is" else "are"
    ),
    "argument",
    hint = closest_hint(unknown[[1]], known) %||% known_hint(known),
    arg = unknown, call = call
  )
}

describe_unnamed <- function(count) {
  paste(count, if (count == 1) "value" else "values", "without a name")
}

closest_hint <- function(name, known) {
  distance <- utils::adist(name, known, ignore.case = TRUE)
  # A third of the letters may differ; beyond that, it is another word.
  if (length(known) > 0 && min(distance) <= max(1, nchar(name) / 3)) {
    sprintf("Did you mean `%s`?", known[[which.min(distance)]])
  }
}

known_hint <- function(known) {
  sprintf("Known: %s.", paste0("`", known, "`", collapse = ", "))
}

#' `seed = NULL` draws one seed from R's generator, so `set.seed()` governs
#'
#' @return A whole number below 2^53 (53 bits of a double; R has no 64-bit
#'   integer).
#' @noRd
as_seed <- function(seed, arg = rlang::caller_arg(seed),
                    call = rlang::caller_env()) {
  if (is.null(seed)) {
    return(floor(stats::runif(1) * 2^31) * 2^22 + floor(stats::runif(1) * 2^22))
  }
  assert_count(seed, lower = 0, upper = 2^53, arg = arg, call = call)
}
