# Between the user's scale and the networks' scale, as the user writes it: a
# list of steps that waits for pilot simulations. R/adapt-fit.R learns it.

#' Write the way from your variables to the networks'
#'
#' An adapter (the configurator of Radev et al. 2023) says what happens to
#' parameters, data and context before networks see them. Most models need none:
#' what `adapter = "auto"` does is right for them. To change it, write steps
#' ([adapt_log()] and the others) and give the result to [fit_posterior()]. All
#' numbers are learned once, from pilot simulations, and stay with the fit.
#'
#' @section What follows your steps:
#' With `auto = TRUE`, what remains of the default adapter:
#' * Parameters are mapped from their open support to the real line (log with one
#'   bound, logit with two). The support is carried through your steps: after
#'   `adapt_log()` of a positive parameter nothing is left to do. Draws never
#'   leave the support of the prior.
#' * Columns with heavy tails, and skewed ones of non-negative data, are
#'   compressed by log(1 + x / scale) or asinh((x - center) / scale).
#' * All columns are standardised.
#' * Parameters are regressed on the numbers that reach the inference network as
#'   they are, where a linear model fits (section Rules of [default_networks()]).
#'
#' What you standardised yourself is left as it is, but a parameter that had still
#' to be mapped to the real line is standardised after that; columns of 0 and 1 (of
#' `adapt_one_hot()` and `adapt_missing()`) are left as they are. With
#' `auto = FALSE` nothing follows: draws of parameters that are not mapped to the
#' real line may then leave their support.
#'
#' @param auto `TRUE` or `FALSE`, see section What follows your steps.
#' @return An `amortflow_adapter`: a list of steps. `print()` shows them; of
#'   `fit$adapter` with all numbers learned.
#' @references
#' Radev et al. (2023). BayesFlow: amortized Bayesian workflows with neural
#' networks. *JOSS* 8(89), 5702.
#' @seealso [adapt_steps]
#' @examples
#' # A susceptible-infected-recovered model with reporting delay: counts by
#' # log1p, parameters standardised; simulations that are not finite are left out.
#' configurator <- adapter() |>
#'   adapt_log("data", offset = 1) |>
#'   adapt_standardize("data") |>
#'   adapt_standardize("parameters")
#' configurator
#' \donttest{
#' fit <- fit_posterior(
#'   example_model("sir_delay"),
#'   adapter = configurator,
#'   epochs = 2, batches_per_epoch = 20, seed = 1, silent = TRUE
#' )
#' fit$adapter
#' }
#' @export
adapter <- function(auto = TRUE) {
  new_adapter(assert_flag(auto))
}

new_adapter <- function(auto) {
  structure(list(steps = list(), auto = auto), class = "amortflow_adapter")
}

#' @export
print.amortflow_adapter <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
format.amortflow_adapter <- function(x, ...) {
  steps <- vapply(x$steps, format_user_step, character(1))
  if (length(steps) > 0) {
    steps <- sprintf("  %d. %s", seq_along(steps), steps)
  }
  rest <- if (x$auto) {
    "then constrain to the support, tails, standardise (auto)"
  } else {
    "nothing else (auto = FALSE)"
  }
  c(
    "<amortflow_adapter> not fitted: pilot simulations decide its numbers.",
    steps, paste0("  ", rest)
  )
}

# As in the call, with what was given.
format_user_step <- function(step) {
  given <- step[setdiff(names(step), c("kind", "variables"))]
  if (step$kind == "rename") {
    renames <- sprintf("%s = %s", step$names, dQuote(step$variables, FALSE))
    return(sprintf("rename(%s)", paste(renames, collapse = ", ")))
  }
  given <- given[!vapply(given, is.null, logical(1))]
  shown <- vapply(names(given), function(name) {
    value <- given[[name]]
    text <- if (is.function(value)) {
      paste(trimws(deparse(value, width.cutoff = 60)), collapse = " ")
    } else {
      paste(format(value, digits = 4, trim = TRUE), collapse = ", ")
    }
    if (length(value) > 1) text <- sprintf("c(%s)", text)
    paste(name, "=", text)
  }, character(1))
  variables <- paste(shortened(step$variables, 6), collapse = ", ")
  sprintf("%s(%s)", step$kind, paste(c(variables, shown), collapse = "; "))
}

shortened <- function(lines, most) {
  if (length(lines) <= most) {
    return(lines)
  }
  c(lines[seq_len(most)], sprintf("  ... and %d more", length(lines) - most))
}
