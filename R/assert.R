# Checks of arguments: each returns its input (coerced where that is harmless) or raises `amortflow_error_argument`.

describe_value <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (is.atomic(x) && length(x) == 1) {
    return(if (is.character(x)) dQuote(x, FALSE) else format(x, digits = 7))
  }
  shape <- if (is.null(dim(x))) {
    paste("length", length(x))
  } else {
    paste(dim(x), collapse = " x ")
  }
  kind <- class(x)[[1]]
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
  ok <- is.numeric(x) && length(x) == 1 && is.finite(x) && x == trunc(x) &&
    x >= lower && x <= upper
  if (!ok) {
    must <- if (lower > 1) {
      sprintf("a whole number of at least %s", format(lower))
    } else if (lower == 1) {
      "a positive whole number"
    } else {
      "a whole number that is not negative"
    }
    abort_argument(x, arg, must, call)
  }
  as.double(x)
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
  if (!is.character(x) || length(x) != 1 || is.na(x) || !nzchar(x)) {
    abort_argument(x, arg, "one non-empty string", call)
  }
  x
}

assert_function <- function(x, arg = rlang::caller_arg(x),
                            call = rlang::caller_env()) {
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
  if (!inherits(x, class)) {
    abort_argument(x, arg, sprintf("made by %s", made_by), call)
  }
  x
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
