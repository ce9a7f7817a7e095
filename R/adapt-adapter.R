# Between the user's scale and the networks' scale. An adapter is a plain list:
# the core's steps for parameters and for data, and names for printing.

new_adapter <- function(parameters, data, context = list(), variables = NULL,
                        data_names = NULL, context_names = NULL,
                        fitted = FALSE) {
  structure(
    list(
      parameters = parameters, data = data, context = context,
      variables = variables, data_names = data_names,
      context_names = context_names, fitted = fitted
    ),
    class = "amortflow_adapter"
  )
}

#' The adapter behind `adapter = "auto"`
#'
#' Parameters are mapped from their open support onto the real line (`log`
#' with one bound, `logit` with two) and standardised, data are standardised
#' column by column. Columns with heavy tails, and non-negative data columns
#' that are strongly skewed, are compressed before that: non-negative data by `log(1 + x / scale)`, all others, and
#' unconstrained parameters, by `asinh((x - center) / scale)`. The rule that
#' decides stands in src/core/adapt/tail_rule.h; `print()` of the fitted
#' adapter says what it decided.
#'
#' @param support List of numeric vectors `lower` and `upper`, one number per
#'   column of the parameters, `-Inf` and `Inf` where free.
#' @param observables How many there are.
#' @return An `amortflow_adapter` that waits for `fit_adapter()`.
#' @noRd
default_adapter <- function(support, observables = 1) {
  data <- list(
    list(kind = "tails", log1p = TRUE),
    list(kind = "standardize")
  )
  constrain <- list(
    kind = "constrain",
    lower = as.double(support$lower), upper = as.double(support$upper)
  )
  new_adapter(
    parameters = list(
      constrain,
      list(kind = "tails", log1p = FALSE),
      list(kind = "standardize")
    ),
    data = rep(list(data), observables), context = data,
    variables = names(support$lower)
  )
}

#' Learn an adapter's numbers from pilot simulations
#'
#' @param adapter An unfitted `amortflow_adapter`.
#' @param simulations `amortflow_simulations`; values that are not finite are
#'   ignored.
#' @return The same adapter with all numbers learned and fixed.
#' @noRd
fit_adapter <- function(adapter, simulations, call = rlang::caller_env()) {
  blocks <- data_blocks(simulations$data, attr(simulations, "observed"))
  values <- lapply(blocks, `[[`, "values")
  context <- core_context(simulations$context, length(simulations))
  if (ncol(context) == 0) adapter$context <- list()
  fitted <- call_core(
    core_fit_adapter(
      adapter_spec(adapter), simulations$parameters, values, context
    ),
    call = call
  )
  new_adapter(
    parameters = fitted$parameters, data = fitted$data, context = fitted$context,
    variables = colnames(simulations$parameters),
    data_names = lapply(values, colnames), context_names = colnames(context),
    fitted = TRUE
  )
}

#' What the core makes an `Adapter` of
#' @noRd
adapter_spec <- function(adapter) {
  list(
    kind = "adapter", parameters = adapter$parameters, data = adapter$data,
    context = adapter$context
  )
}

#' @export
print.amortflow_adapter <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
format.amortflow_adapter <- function(x, ...) {
  if (!x$fitted) {
    return("<amortflow_adapter> not fitted: pilot simulations decide it.")
  }
  c(
    "<amortflow_adapter>",
    "parameters to the networks' scale:",
    format_steps(x$parameters, x$variables, "theta"),
    "data to the networks' scale:",
    unlist(Map(function(steps, names) {
      format_steps(steps, names, "x")
    }, x$data, x$data_names)),
    if (length(x$context) > 0) {
      c(
        "context to the networks' scale:",
        format_steps(x$context, x$context_names, "context")
      )
    }
  )
}

# One line per column: the formulas of all steps, in order.
format_steps <- function(steps, names, stem) {
  counts <- vapply(steps, \(step) length(step[[2]]), integer(1))
  count <- max(counts, 0L)
  if (count == 0) {
    return("  (none)")
  }
  names <- names %||% sprintf("%s[%d]", stem, seq_len(count))
  lines <- vapply(seq_len(count), function(j) {
    formulas <- vapply(steps, format_step, character(1), column = j)
    paste(formulas[nzchar(formulas)], collapse = ", then ")
  }, character(1))
  shortened(paste0("  ", format(names), "  ", lines), 20)
}

shortened <- function(lines, most) {
  if (length(lines) <= most) {
    return(lines)
  }
  c(lines[seq_len(most)], sprintf("  ... and %d more", length(lines) - most))
}

# The formula of one step in one column, "" where it does nothing there.
format_step <- function(step, column) {
  n <- function(x) format(x[[column]], digits = 3)
  switch(step$kind,
    constrain = format_constrain(step$lower[[column]], step$upper[[column]]),
    standardize = sprintf("standardised (mean %s, sd %s)", n(step$mean), n(step$sd)),
    log1p = if (step$scale[[column]] == 0) {
      ""
    } else if (step$scale[[column]] == 1) {
      "log1p(x)"
    } else {
      sprintf("log1p(x / %s)", n(step$scale))
    },
    asinh = if (step$scale[[column]] == 0) {
      ""
    } else {
      sprintf("asinh((x - %s) / %s)", n(step$center), n(step$scale))
    }
  )
}

format_constrain <- function(lower, upper) {
  l <- format(lower, digits = 3)
  u <- format(upper, digits = 3)
  if (is.finite(lower) && is.finite(upper)) {
    sprintf("logit on (%s, %s)", l, u)
  } else if (is.finite(lower)) {
    if (lower == 0) "log(x)" else sprintf("log(x - %s)", l)
  } else if (is.finite(upper)) {
    sprintf("-log(%s - x)", u)
  } else {
    ""
  }
}
