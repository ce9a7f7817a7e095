# What all checks give: a tidy data frame that says in a sentence what was found.

#' Results of checks
#'
#' Each `check_*()` gives a data frame of class `amortflow_check`, whose columns
#' its page lists. `print()` says in a sentence what was found, `summary()`
#' gives one row per variable where there is more to say, `plot()` and
#' `ggplot2::autoplot()` draw it. As data frames they go into dplyr, bayesplot
#' and SBC as they are.
#'
#' @param x What a `check_*()` gave.
#' @param n Whole number of rows to show.
#' @param ... For `print()`: empty. For `plot()`: forwarded to the method of
#'   `autoplot()`.
#' @return `print()`: `x`, invisibly. `plot()`: a ggplot.
#' @examples
#' \donttest{
#' check <- check_simulations(example_model("two_moons"), seed = 1)
#' check
#' plot(check)
#' }
#' @name amortflow_check
NULL

new_check <- function(columns, name, ...) {
  structure(
    columns,
    class = c(paste0("amortflow_check_", name), "amortflow_check", "data.frame"),
    ...
  )
}

# Sentences about a check, or NULL where its columns have been taken away.
check_sentences <- function(x) {
  UseMethod("check_sentences")
}

#' @exportS3Method
check_sentences.default <- function(x) {
  NULL
}

#' @rdname amortflow_check
#' @export
print.amortflow_check <- function(x, n = 6, ...) {
  assert_no_dots(...)
  sentences <- check_sentences(x)
  cat(strwrap(sentences, width = 80, exdent = 2), sep = "\n")
  print_rows(x, n)
  invisible(x)
}

# The first `n` rows of a table, and how many there are beyond.
print_rows <- function(x, n, digits = 3) {
  shown <- utils::head(as.data.frame(x), n)
  class(shown) <- "data.frame"
  print(shown, digits = digits, row.names = FALSE)
  if (nrow(x) > n) {
    cat(sprintf("... and %d more rows\n", nrow(x) - n))
  }
}

#' @rdname amortflow_check
#' @export
plot.amortflow_check <- function(x, ...) {
  with_call(ggplot2::autoplot(x, ...))
}

#' @rdname amortflow_check
#' @export
as.data.frame.amortflow_check <- function(x, ...) {
  class(x) <- "data.frame"
  x
}

has_columns <- function(x, columns) {
  all(columns %in% names(x)) && nrow(x) > 0
}

# Before a table is summarised or drawn: it may have been cut since.
assert_columns <- function(x, columns, arg = "object",
                           call = rlang::caller_env()) {
  missing <- setdiff(columns, names(x))
  if (length(missing) > 0) {
    amortflow_abort(
      sprintf(
        "`%s` must have the columns %s; it lacks %s.",
        arg, shown_names(columns), shown_names(missing)
      ),
      "argument",
      hint = "Take the whole table that the check gave.", arg = arg, call = call
    )
  }
  if (nrow(x) == 0) {
    amortflow_abort(
      sprintf("`%s` must have at least one row, not 0.", arg),
      "argument",
      arg = arg, call = call
    )
  }
}

# Variables in the fit's order, for panels and tables.
check_variables <- function(x) {
  unique(as.character(x$variable))
}

by_variable <- function(x, f) {
  variables <- check_variables(x)
  parts <- lapply(variables, \(name) f(x[x$variable == name, , drop = FALSE]))
  data.frame(variable = variables, do.call(rbind, parts))
}

many_of <- function(count, noun) {
  sprintf("%s %s%s", format(count, big.mark = ","), noun, if (count == 1) "" else "s")
}
