# Steps of an adapter as the user writes them. Nothing is looked up here: names
# are resolved when pilot simulations are there (R/adapt-resolve.R).

append_step <- function(adapter, kind, variables, ...,
                        call = rlang::caller_env()) {
  assert_class(
    adapter, "amortflow_adapter", "adapter()",
    arg = "adapter", call = call
  )
  step <- list(kind = kind, variables = variables, ...)
  adapter$steps <- c(adapter$steps, list(step))
  adapter
}

assert_variables <- function(x, arg = rlang::caller_arg(x),
                             call = rlang::caller_env()) {
  must <- "names of variables, or \"parameters\", \"data\" or \"context\""
  assert_given(x, must, arg, call)
  if (!is.character(x) || length(x) == 0 || anyNA(x) || !all(nzchar(x))) {
    abort_argument(x, arg, must, call)
  }
  unname(x)
}

assert_numbers <- function(x, finite = TRUE, arg = rlang::caller_arg(x),
                           call = rlang::caller_env()) {
  ok <- is.numeric(x) && length(x) > 0 && !anyNA(x) && (!finite || all(is.finite(x)))
  if (!ok) {
    abort_argument(x, arg, paste0(if (finite) "finite ", "numbers"), call)
  }
  as.double(x)
}

#' Steps of an adapter
#'
#' Each appends one step to an [adapter()]. Steps are applied in the order in
#' which they are written, on the way from the user's scale to the networks';
#' draws come back by their inverses, and densities of parameters get their
#' log-Jacobians.
#'
#' @section Variables:
#' `variables` are names of parameters (`"theta[1]"`, or `"theta"` for all of
#' its elements), of variables of the data (columns of an observable; `x[1]`,
#' `x[2]`, ... where they have no names), of observables (all their columns) or
#' of context, or the words `"parameters"`, `"data"`, `"context"` for all of a
#' kind. A name that means several things is refused; `"data:x"`,
#' `"parameters:x"`, `"context:x"` and, with several observables,
#' `"<observable>:x"` are always clear, and `"data:*"` is all of the data. Names
#' are looked up when [fit_posterior()] has its pilot simulations; unknown ones
#' are errors.
#'
#' @section Steps:
#' * `adapt_standardize()`: (x - mean) / sd, column by column.
#' * `adapt_log()`: log(x + offset). Parameters must be known to lie above
#'   `-offset`. Data and context that do not are an error if this is so in a pilot
#'   simulation; a later simulation is left out of training with a warning, and
#'   `newdata` is refused.
#' * `adapt_sqrt()`: the square root, likewise for x >= 0.
#' * `adapt_constrain()`: the open interval (lower, upper) to the real line: log
#'   with one bound, logit with two. Data on or beyond a bound are moved next to
#'   it.
#' * `adapt_one_hot()`: for data and context, a column of 0 and 1 for each
#'   level. A value that is no level is an error in `newdata`.
#' * `adapt_select()`: keeps only these variables of each block (parameters,
#'   each observable, context) in which one is named. With parameters, the
#'   posterior is about these alone; it must then be the parameters' first step.
#' * `adapt_rename()`: new names for later steps and for `print()`. Draws and
#'   `newdata` keep the names of the model.
#' * `adapt_subsample()`: of exchangeable data a random subset of `n` positions,
#'   a new one whenever a simulation is used in training (and for the
#'   validation set a fixed one). Data sets of no more than `n` positions stay
#'   whole. In `newdata`, which positions are taken is drawn once for each length
#'   of data sets, from a fixed seed: the same data set has the same posterior
#'   everywhere, and an order in the data does no harm.
#' * `adapt_missing()`: for data and context, `NA` and `NaN` become `fill`, and a
#'   column `missing(x)` follows that is 1 where x was missing and else 0. Such
#'   values are then allowed in simulations and in `newdata`; infinite ones are
#'   not.
#' * `adapt_apply()`: functions of R, see below.
#' * `adapt_direct()`: variables of data that are one row per data set go past
#'   the summary network, straight to the inference network.
#'
#' @section Functions of R:
#' `forward`, `inverse` and `log_det` take a numeric matrix (any number of rows,
#' a column for each of `variables`, with column names); the first two return one
#' of the same size, `log_det` the logarithm of the absolute determinant of
#' forward's Jacobian, one number per row. Inverse and log-Jacobian of
#' parameters are checked on pilot simulations. They run on R's own thread:
#' everything up to the last such step of a block is computed in R, so C++
#' simulators are then drawn through R, one batch ahead. They are not in files
#' of [save_fit()]; `load_fit(adapter = )` gives them back.
#'
#' @section Errors:
#' `amortflow_error_argument` for arguments of the wrong kind;
#' `amortflow_error_adapter` from [fit_posterior()] for names that are unknown
#' or ambiguous, steps that variables cannot take, and functions that do not do
#' what they must.
#'
#' @param adapter,.adapter An [adapter()].
#' @param variables Character vector, see section Variables.
#' @param mean,sd Finite numbers, one or one per variable, or `NULL`: learned
#'   from pilot simulations.
#' @param offset Finite number, or one per variable.
#' @param lower,upper Numbers, one or one per variable; `-Inf` and `Inf` where
#'   there is no bound.
#' @param levels Numbers: the levels; `NULL`: those of the pilot simulations.
#' @param ... `new = "old"`: names.
#' @param n Whole number: positions.
#' @param fill Finite number, or one per variable.
#' @param forward,inverse,log_det Functions, see section Functions of R. For
#'   parameters all three are needed, for data `forward` alone.
#' @return The adapter with one more step.
#' @seealso [adapter()]
#' @examples
#' adapter() |>
#'   adapt_log("data", offset = 1) |>
#'   adapt_standardize("parameters")
#'
#' adapter() |>
#'   adapt_one_hot("group", levels = 1:3) |>
#'   adapt_missing("weight") |>
#'   adapt_apply("angle", forward = \(x) cos(x))
#' @name adapt_steps
NULL

#' @rdname adapt_steps
#' @export
adapt_standardize <- function(adapter, variables, mean = NULL, sd = NULL) {
  variables <- assert_variables(variables)
  if (!is.null(mean)) {
    mean <- assert_numbers(mean)
  }
  if (!is.null(sd)) {
    sd <- assert_numbers(sd)
    if (any(sd <= 0)) {
      abort_argument(sd, "sd", "positive", rlang::current_env())
    }
  }
  append_step(adapter, "standardize", variables, mean = mean, sd = sd)
}

#' @rdname adapt_steps
#' @export
adapt_log <- function(adapter, variables, offset = 0) {
  append_step(
    adapter, "log", assert_variables(variables),
    offset = assert_numbers(offset)
  )
}

#' @rdname adapt_steps
#' @export
adapt_sqrt <- function(adapter, variables) {
  append_step(adapter, "sqrt", assert_variables(variables))
}

#' @rdname adapt_steps
#' @export
adapt_constrain <- function(adapter, variables, lower = -Inf, upper = Inf) {
  variables <- assert_variables(variables)
  lower <- assert_numbers(lower, finite = FALSE)
  upper <- assert_numbers(upper, finite = FALSE)
  call <- rlang::current_env()
  matching <- length(lower) == 1 || length(upper) == 1 ||
    length(lower) == length(upper)
  if (!matching || any(lower >= upper)) {
    abort_argument(lower, "lower", "less than `upper`, one or one per variable", call)
  }
  if (all(is.infinite(lower)) && all(is.infinite(upper))) {
    abort_argument(lower, "lower", "finite, or `upper` be: one bound is needed", call)
  }
  append_step(adapter, "constrain", variables, lower = lower, upper = upper)
}

#' @rdname adapt_steps
#' @export
adapt_one_hot <- function(adapter, variables, levels = NULL) {
  variables <- assert_variables(variables)
  if (!is.null(levels)) {
    levels <- unique(assert_numbers(levels))
  }
  append_step(adapter, "one_hot", variables, levels = levels)
}

#' @rdname adapt_steps
#' @export
adapt_select <- function(adapter, variables) {
  append_step(adapter, "select", assert_variables(variables))
}

#' @rdname adapt_steps
#' @export
adapt_rename <- function(.adapter, ...) {
  old <- c(...)
  new <- names(old)
  call <- rlang::current_env()
  ok <- is.character(old) && length(old) > 0 && !anyNA(old) &&
    !is.null(new) && all(nzchar(new)) && !anyDuplicated(new)
  if (!ok) {
    abort_argument(old, "...", "names as in `new = \"old\"`, each new one once", call)
  }
  append_step(.adapter, "rename", unname(old), names = new)
}

#' @rdname adapt_steps
#' @export
adapt_subsample <- function(adapter, variables = "data", n) {
  variables <- assert_variables(variables)
  assert_given(n, "how many positions")
  append_step(adapter, "subsample", variables, n = assert_count(n))
}

#' @rdname adapt_steps
#' @export
adapt_missing <- function(adapter, variables, fill = 0) {
  append_step(
    adapter, "missing", assert_variables(variables),
    fill = assert_numbers(fill)
  )
}

#' @rdname adapt_steps
#' @export
adapt_apply <- function(adapter, variables, forward, inverse = NULL,
                        log_det = NULL) {
  variables <- assert_variables(variables)
  assert_function(forward)
  if (!is.null(inverse)) {
    assert_function(inverse)
  }
  if (!is.null(log_det)) {
    assert_function(log_det)
  }
  append_step(
    adapter, "apply", variables,
    forward = forward, inverse = inverse, log_det = log_det
  )
}

#' @rdname adapt_steps
#' @export
adapt_direct <- function(adapter, variables) {
  append_step(adapter, "direct", assert_variables(variables))
}
