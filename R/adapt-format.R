# How a fitted adapter reads: one line per column of the networks' scale, with the
# formulas of all steps in order and their learned numbers.

#' @export
print.amortflow_fitted_adapter <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @export
format.amortflow_fitted_adapter <- function(x, ...) {
  data <- lapply(seq_along(x$data), function(k) {
    several <- length(x$data) > 1
    c(
      if (several) sprintf("data `%s` to the networks' scale:", names(x$data)[[k]]) else {
        "data to the networks' scale:"
      },
      if (x$subsample[[k]] > 0) {
        sprintf("  (a random %.0f positions of each data set)", x$subsample[[k]])
      },
      format_block(x$data[[k]], x$data_names[[k]], x$shown$data[[k]], x$direct[[k]])
    )
  })
  c(
    "<amortflow_fitted_adapter>",
    "parameters to the networks' scale:",
    format_block(x$parameters, kept_variables(x), x$shown$parameters),
    unlist(data),
    if (length(x$context_names) > 0) {
      c(
        "context to the networks' scale:",
        format_block(x$context, x$context_names, x$shown$context)
      )
    }
  )
}

# `names` are the user's, `shown` those that the networks' columns go by.
format_block <- function(steps, names, shown, direct = numeric()) {
  text <- follow_columns(steps, names, format_step, ", then ")$text
  text <- ifelse(nzchar(text), text, "as it is")
  past <- seq_along(text) %in% direct
  text[past] <- paste0(text[past], ", straight to the inference network")
  shortened(paste0("  ", format(shown), "  ", text), 20)
}

#' Follow columns through steps
#'
#' @param say Function of a step and a column that gives its words, "" where it
#'   does nothing there.
#' @return List of `names` of the networks' columns and `text` of each.
#' @noRd
follow_columns <- function(steps, names, say, joint = ", ") {
  text <- rep("", length(names))
  for (step in steps) {
    if (is_shape_step(step)) {
      table <- free_shape(data.frame(name = names, formula = text), step)
      names <- table$name
      text <- table$formula
      next
    }
    words <- vapply(seq_along(names), \(j) say(step, j), character(1))
    text <- ifelse(nzchar(text) & nzchar(words), paste(text, words, sep = joint),
      paste0(text, words)
    )
    from <- columns_after(step, length(names))
    names <- names_after(step, names)
    text <- text[from]
    if (step$kind == "missing") {
      masks <- duplicated(from)
      text[masks] <- "1 where missing, else 0"
    }
  }
  list(names = names, text = text)
}

# The column that each column after the step comes from.
columns_after <- function(step, width) {
  switch(step$kind,
    select = step$columns,
    one_hot = rep(seq_len(width), replace(rep(1, width), step$columns, step$count)),
    missing = rep(seq_len(width), 1 + step$use),
    `repeat` = rep(seq_len(width), 2),
    seq_len(width)
  )
}

names_after <- function(step, names) {
  switch(step$kind,
    select = names[step$columns],
    one_hot = coded_names(names, step$columns, split_levels(step)),
    missing = masked_names(names, which(step$use == 1)),
    `repeat` = doubled_names(names),
    names
  )
}

split_levels <- function(step) {
  split(step$levels, rep(seq_along(step$count), step$count))
}

coded_names <- function(names, columns, levels) {
  names <- as.list(names)
  names[columns] <- Map(
    \(name, own) sprintf("%s = %s", name, format(own, digits = 7, trim = TRUE)),
    names[columns], levels
  )
  unlist(names)
}

masked_names <- function(names, columns) {
  all <- as.list(names)
  all[columns] <- lapply(names[columns], \(name) c(name, sprintf("missing(%s)", name)))
  unlist(all)
}

# The formula of one step in one column, "" where it does nothing there.
format_step <- function(step, column) {
  n <- function(x) format(x[[column]], digits = 3)
  switch(step$kind,
    constrain = format_constrain(step$lower[[column]], step$upper[[column]]),
    standardize = if (step$mean[[column]] == 0 && step$sd[[column]] == 1) {
      ""
    } else {
      sprintf("standardised (mean %s, sd %s)", n(step$mean), n(step$sd))
    },
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
    },
    log = if (step$use[[column]] == 0) {
      ""
    } else {
      log_of(step$offset[[column]])
    },
    sqrt = if (step$use[[column]] == 1) "sqrt(x)" else "",
    one_hot = if (column %in% step$columns) "0 or 1" else "",
    missing = if (step$use[[column]] == 1) {
      sprintf("%s where missing", n(step$fill))
    } else {
      ""
    },
    apply = if (column %in% step$columns) "an R function" else "",
    ""
  )
}

format_constrain <- function(lower, upper) {
  l <- format(lower, digits = 3)
  u <- format(upper, digits = 3)
  if (is.finite(lower) && is.finite(upper)) {
    sprintf("logit on (%s, %s)", l, u)
  } else if (is.finite(lower)) {
    log_of(-lower)
  } else if (is.finite(upper)) {
    sprintf("-log(%s - x)", u)
  } else {
    ""
  }
}

log_of <- function(offset) {
  if (offset == 0) {
    return("log(x)")
  }
  sprintf("log(x %s %s)", if (offset < 0) "-" else "+", format(abs(offset), digits = 3))
}
